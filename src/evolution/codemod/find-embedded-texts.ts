import type ts from 'typescript';
import { decodeLiteral } from './decode-literal.ts';
import type { FoundTexts, GraphQLText } from './graphql-text.ts';
import { joinTemplate } from './join-template.ts';
import { parseScript } from './parse-script.ts';

const TAGS: ReadonlySet<string> = new Set(['gql', 'graphql']);
const MARK = /\/\*\s*GraphQL\s*\*\/\s*$/;
const NOT_IN_PLACE = 'is put together when the program runs: only a document that is written in place is read';
const COMMENT = /^.\s*#\s*graphql\b/i;

/**
 * The GraphQL documents in a TypeScript or JavaScript file: templates with the tag `gql` or `graphql`, strings and templates that
 * are the first argument of a function of these names, and templates marked with the comment GraphQL, before or in them. Text that
 * such a function is given in another way is unreadable. `prefix` begins the names that stand for interpolations.
 */
export async function findEmbeddedTexts(path: string, source: string, prefix: string): Promise<FoundTexts> {
  if (!/gql|graphql/i.test(source)) return { texts: [], unreadable: [] };
  const { default: typescript } = await import('typescript');
  try {
    return findTexts(typescript, parseScript(typescript, path, source), prefix);
  } catch (error) {
    // Expressions within expressions are read by recursion.
    if (error instanceof RangeError) return { texts: [], unreadable: [{ offset: 0, reason: 'is nested too deeply: not looked into' }] };
    throw error;
  }
}

function findTexts(typescript: typeof ts, file: ts.SourceFile, prefix: string): FoundTexts {
  const source = file.text;
  const texts: GraphQLText[] = [];
  const unreadable: { offset: number; reason: string }[] = [];
  visit(file);
  return { texts, unreadable };

  function visit(node: ts.Node): void {
    if (isLiteral(node) && isMarked(node)) read(node);
    for (const given of listGiven(node))
      if (!isLiteral(given)) unreadable.push({ offset: given.getStart(file), reason: NOT_IN_PLACE });
      else if (!isMarked(given)) read(given);
    typescript.forEachChild(node, visit);
  }

  /** The documents that a tag or a function is given, as far as they look like some. */
  function listGiven(node: ts.Node): readonly ts.Expression[] {
    if (typescript.isTaggedTemplateExpression(node)) return findTag(node.tag) === undefined ? [] : [node.template];
    const tag = typescript.isCallExpression(node) ? findTag(node.expression) : undefined;
    const [argument, ...others] = typescript.isCallExpression(node) ? node.arguments : [];
    if (tag === undefined || argument === undefined) return [];
    // Functions of these names may take much else: a schema, the options of graphql-js, a document with its variables.
    const isDocument = tag === 'gql' && others.length === 0;
    return unfold(argument).filter((given) => isLiteral(given) || isJoined(given) || (isDocument && isComputed(given)));
  }

  /** What an expression can be: without what only changes its type, and either branch of a condition. */
  function unfold(node: ts.Expression): readonly ts.Expression[] {
    if (typescript.isConditionalExpression(node)) return [...unfold(node.whenTrue), ...unfold(node.whenFalse)];
    const isWrapper =
      typescript.isParenthesizedExpression(node) ||
      typescript.isAsExpression(node) ||
      typescript.isSatisfiesExpression(node) ||
      typescript.isTypeAssertionExpression(node) ||
      typescript.isNonNullExpression(node);
    return isWrapper ? unfold(node.expression) : [node];
  }

  function isJoined(node: ts.Expression): boolean {
    return typescript.isBinaryExpression(node) && [node.left, node.right].flatMap(unfold).some((part) => isLiteral(part) || isJoined(part));
  }

  function isComputed(node: ts.Expression): boolean {
    return !typescript.isObjectLiteralExpression(node) && !typescript.isTaggedTemplateExpression(node);
  }

  function findTag(node: ts.Node): string | undefined {
    const name = typescript.isPropertyAccessExpression(node) ? node.name : node;
    return typescript.isIdentifier(name) && TAGS.has(name.text) ? name.text : undefined;
  }

  function isLiteral(node: ts.Node): node is Literal {
    return typescript.isStringLiteralLike(node) || typescript.isTemplateExpression(node);
  }

  function isMarked(node: Literal): boolean {
    const start = node.getStart(file);
    return MARK.test(source.slice(node.getFullStart(), start)) || COMMENT.test(source.slice(start, node.getEnd()));
  }

  function read(literal: Literal): void {
    const parts = partsOf(literal).map((part, index, all) => {
      const [start, end] = [part.getStart(file) + 1, part.getEnd() - (index < all.length - 1 ? 2 : 1)];
      return { part, decoded: decodeLiteral(source.slice(start, end), start) };
    });
    const joined = joinTemplate(
      parts.map(({ decoded }) => decoded),
      `${prefix}${literal.getStart(file)}_`,
    );
    const misread = parts.find(({ part, decoded }) => part.text !== decoded.text);
    if (misread) unreadable.push({ offset: misread.part.getStart(file), reason: 'contains an escape sequence that cannot be read' });
    else if (joined.unknown.length > 0)
      unreadable.push(
        ...joined.unknown.map((offset) => ({
          offset,
          reason: 'what this interpolation stands for is not known: it can stand between definitions, or for a fragment that is spread',
        })),
      );
    else if (joined.text.trim() !== '')
      texts.push({
        text: joined.text,
        unknownSpreads: joined.unknownSpreads,
        locate: (offset) => joined.offsets[offset]!,
        encode: encoderFor(literal),
      });
  }

  function partsOf(literal: Literal): readonly (ts.LiteralLikeNode & ts.Node)[] {
    return typescript.isTemplateExpression(literal) ? [literal.head, ...literal.templateSpans.map((span) => span.literal)] : [literal];
  }

  function encoderFor(literal: Literal): (text: string) => string {
    if (typescript.isStringLiteral(literal)) return (text) => text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
    const usesCrlf = source.slice(literal.getStart(file), literal.getEnd()).includes('\r\n');
    return (text) => (usesCrlf ? text.replaceAll('\n', '\r\n') : text);
  }
}

type Literal = ts.StringLiteralLike | ts.TemplateExpression;
