import type ts from 'typescript';
import { positionAt } from '../position.ts';
import type { RewrittenProject, SourceFile } from '../rewrite-result.ts';
import type { RewriteRule } from '../rewrite-rule.ts';
import { isScript, parseScript } from '../parse-script.ts';
import type { CallSite, ChangedVariable, Target } from './call-site.ts';
import { findConstant, findNames } from './find-names.ts';
import { listTargets } from './list-targets.ts';
import { type Origin, createTracer } from './trace.ts';

/**
 * The places in TypeScript and JavaScript that read an answer, or build a variable, whose shape a rewrite changed. It goes by
 * syntax and names, without types, in files that hold or name the document: some places it cannot see, some it can only suspect.
 * `files` are those that were rewritten, as they were before.
 */
export async function findCallSites(
  files: readonly SourceFile[],
  project: RewrittenProject,
  rules: readonly RewriteRule[],
): Promise<readonly CallSite[]> {
  const targets = listTargets(files, project, rules);
  const scripts = files.filter(({ path }) => isScript(path));
  if (targets.length === 0 || scripts.length === 0) return [];
  const { default: typescript } = await import('typescript');
  const parsed = scripts.flatMap((file) => unlessTooDeep(() => [parseScript(typescript, file.path, file.text)]));
  const constants = new Map<Target, string>();
  for (const script of parsed)
    for (const target of targets) {
      const [name] = target.path === script.fileName ? unlessTooDeep(() => [findConstant(typescript, script, target)]) : [];
      if (name !== undefined) constants.set(target, name);
    }
  return parsed.flatMap((script) => unlessTooDeep(() => findInScript(typescript, script, targets, constants)));
}

/** Nothing in a script that is nested too deeply for recursion: that it is was told where documents were looked for. */
function unlessTooDeep<Found>(find: () => readonly Found[]): readonly Found[] {
  try {
    return find();
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function findInScript(
  typescript: typeof ts,
  script: ts.SourceFile,
  targets: readonly Target[],
  constants: ReadonlyMap<Target, string>,
): CallSite[] {
  const names = findNames(typescript, script, targets, constants);
  if (names.named.size === 0) return [];
  const tracer = createTracer(typescript, script, names);
  const sites = new Map<number, CallSite>();
  visit(script);
  return [...sites.values()].sort((left, right) => left.offset - right.offset);

  function visit(node: ts.Node): void {
    if (typescript.isPropertyAccessExpression(node)) access(node, node.name, node.name.text);
    else if (typescript.isElementAccessExpression(node) && typescript.isStringLiteralLike(node.argumentExpression))
      access(node, node.argumentExpression, node.argumentExpression.text);
    else if (typescript.isBindingElement(node) && typescript.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (typescript.isIdentifier(name) || typescript.isStringLiteral(name)) read(name, name.text, tracer.tracePattern(node.parent));
    } else if (typescript.isPropertyAssignment(node) || typescript.isShorthandPropertyAssignment(node)) {
      const { name } = node;
      if (typescript.isIdentifier(name) || typescript.isStringLiteral(name)) member(node, name);
    }
    typescript.forEachChild(node, visit);
  }

  function access(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, name: ts.Node, key: string): void {
    const isAssigned =
      typescript.isBinaryExpression(node.parent) &&
      node.parent.left === node &&
      node.parent.operatorToken.kind === typescript.SyntaxKind.EqualsToken;
    if (isAssigned) write(name, chainOf(node), typeOf(node.expression));
    else read(name, key, tracer.traceExpression(node.expression));
  }

  function member(node: ts.PropertyAssignment | ts.ShorthandPropertyAssignment, name: ts.Identifier | ts.StringLiteral): void {
    const { chain, outermost } = surroundingsOf(node);
    const assigned = outermost.parent;
    const isPattern =
      typescript.isBinaryExpression(assigned) &&
      assigned.left === outermost &&
      assigned.operatorToken.kind === typescript.SyntaxKind.EqualsToken;
    if (!isPattern) return write(name, chain, typeOf(outermost), name);
    const origin = tracer.traceExpression(assigned.right);
    read(name, name.text, { ...origin, keys: [...origin.keys, ...chain.slice(0, -1)] });
  }

  function read(name: ts.Node, key: string, { target, keys }: Origin): void {
    const path = [...keys, key];
    for (const candidate of target ? [target] : names.named)
      for (const change of candidate.responses) {
        const isWhole = endsWith(path, change.before);
        if (change.before.at(-1) !== key || (target && !isWhole)) continue;
        const isSure = target !== undefined || (isWhole && change.before.length > 1);
        add(name, 'read', isSure ? 'sure' : 'maybe', candidate, change);
      }
  }

  /** `literal`: the name of a member of an object literal, which may also be a part of an answer that a test or a cache makes up. */
  function write(name: ts.Node, chain: readonly string[], type: string | undefined, literal?: ts.Node): void {
    for (const candidate of names.named) {
      for (const change of candidate.variables) {
        const confidence = judgeWrite(chain, type, change);
        if (confidence) add(name, 'write', confidence, candidate, change);
      }
      for (const change of literal ? candidate.responses : [])
        if (chain.length > 1 && endsWith(chain, change.before.slice(-2))) add(name, 'write', 'maybe', candidate, change);
    }
  }

  function add(name: ts.Node, kind: CallSite['kind'], confidence: CallSite['confidence'], target: Target, change: Change): void {
    const offset = name.getStart(script);
    if (sites.get(offset)?.confidence === 'sure' || (confidence === 'maybe' && sites.has(offset))) return;
    const { coordinate, before, after, note } = change;
    const site = { path: script.fileName, ...positionAt(script.text, offset), offset, kind, confidence, operation: target.name };
    sites.set(offset, { ...site, coordinate, before, after, ...(note === undefined ? {} : { note }) });
  }

  /** The members that lead to a member of nested object literals, the outermost literal, and the variable that it becomes. */
  function surroundingsOf(node: ts.ObjectLiteralElementLike): { chain: readonly string[]; outermost: ts.Expression } {
    const chain: string[] = [];
    let outermost: ts.Node = node;
    for (let at: ts.Node = node; isTransparent(at) || at === node; at = at.parent) {
      if (typescript.isPropertyAssignment(at) || typescript.isShorthandPropertyAssignment(at))
        chain.unshift(at.name.getText(script).replace(/^['"]|['"]$/g, ''));
      else outermost = at;
    }
    const { parent } = outermost;
    if (typescript.isVariableDeclaration(parent) && typescript.isIdentifier(parent.name)) chain.unshift(parent.name.text);
    return { chain, outermost: outermost as ts.Expression };
  }

  function isTransparent(node: ts.Node): boolean {
    return (
      typescript.isObjectLiteralExpression(node) ||
      typescript.isArrayLiteralExpression(node) ||
      typescript.isPropertyAssignment(node) ||
      typescript.isParenthesizedExpression(node) ||
      typescript.isConditionalExpression(node) ||
      typescript.isSpreadAssignment(node) ||
      typescript.isAsExpression(node) ||
      typescript.isSatisfiesExpression(node)
    );
  }

  function chainOf(node: ts.Expression): readonly string[] {
    if (typescript.isIdentifier(node)) return [node.text];
    if (typescript.isPropertyAccessExpression(node)) return [...chainOf(node.expression), node.name.text];
    if (typescript.isElementAccessExpression(node) && typescript.isStringLiteralLike(node.argumentExpression))
      return [...chainOf(node.expression), node.argumentExpression.text];
    return typescript.isNonNullExpression(node) || typescript.isParenthesizedExpression(node) ? chainOf(node.expression) : [];
  }

  /** The name of the type that an object literal, or a variable, is declared to have. */
  function typeOf(node: ts.Expression): string | undefined {
    let annotation: ts.TypeNode | undefined;
    if (typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node)) annotation = node.type;
    else if (typescript.isIdentifier(node)) annotation = tracer.findType(node);
    else if (typescript.isVariableDeclaration(node.parent)) annotation = node.parent.type;
    return annotation && typescript.isTypeReferenceNode(annotation) ? annotation.typeName.getText(script) : undefined;
  }
}

type Change = Pick<CallSite, 'coordinate' | 'before' | 'after' | 'note'>;

/** A variable itself is only looked for where it is given: any other member of that name says nothing. */
function judgeWrite(chain: readonly string[], type: string | undefined, { kind, before, coordinate }: ChangedVariable) {
  if (chain.at(-1) !== before.at(-1)) return undefined;
  if (kind === 'value') return chain.length === 1 || chain.at(-2) === 'variables' ? ('maybe' as const) : undefined;
  const isTyped = type !== undefined && type === coordinate.slice(0, coordinate.indexOf('.'));
  return isTyped || endsWith(chain, before) ? ('sure' as const) : ('maybe' as const);
}

function endsWith(path: readonly string[], tail: readonly string[]): boolean {
  return path.length >= tail.length && tail.every((key, index) => key === path[path.length - tail.length + index]);
}
