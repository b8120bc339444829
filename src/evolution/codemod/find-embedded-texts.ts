import type ts from 'typescript';
import { decodeLiteral } from './decode-literal.ts';
import type { FoundTexts, GraphQLText } from './graphql-text.ts';
import { joinTemplate } from './join-template.ts';
import { parseScript } from './parse-script.ts';

const TAGS: ReadonlySet<string> = new Set(['gql', 'graphql']);
const MARK = /\/\*\s*GraphQL\s*\*\/\s*$/;

/**
 * The GraphQL documents in a TypeScript or JavaScript file: templates with the tag `gql` or `graphql`, strings and templates that
 * are the first argument of a function of these names, and templates marked with the comment GraphQL. `prefix` begins the
 * names that stand for interpolations.
 */
export async function findEmbeddedTexts(path: string, source: string, prefix: string): Promise<FoundTexts> {
  if (!/gql|graphql/i.test(source)) return { texts: [], unreadable: [] };
  const { default: typescript } = await import('typescript');
  const file = parseScript(typescript, path, source);
  const texts: GraphQLText[] = [];
  const unreadable: { offset: number; reason: string }[] = [];
  visit(file);
  return { texts, unreadable };

  function visit(node: ts.Node): void {
    const literal = findLiteral(node);
    if (literal !== undefined) read(literal);
    typescript.forEachChild(node, visit);
  }

  function findLiteral(node: ts.Node): Literal | undefined {
    if (isLiteral(node)) return isMarked(node) ? node : undefined;
    const literal = findTagged(node);
    return literal && !isMarked(literal) ? literal : undefined;
  }

  function findTagged(node: ts.Node): Literal | undefined {
    if (typescript.isTaggedTemplateExpression(node)) return isTag(node.tag) ? node.template : undefined;
    if (!typescript.isCallExpression(node) || !isTag(node.expression)) return undefined;
    const argument = node.arguments[0];
    return argument && isLiteral(argument) ? argument : undefined;
  }

  function isTag(node: ts.Node): boolean {
    if (typescript.isPropertyAccessExpression(node)) return TAGS.has(node.name.text);
    return typescript.isIdentifier(node) && TAGS.has(node.text);
  }

  function isLiteral(node: ts.Node): node is Literal {
    return typescript.isStringLiteralLike(node) || typescript.isTemplateExpression(node);
  }

  function isMarked(node: Literal): boolean {
    return MARK.test(source.slice(node.getFullStart(), node.getStart(file)));
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
