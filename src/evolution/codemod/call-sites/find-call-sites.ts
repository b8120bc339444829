import type ts from 'typescript';
import { positionAt } from '../position.ts';
import type { Problem, RewrittenProject, SourceFile } from '../rewrite-result.ts';
import type { RewriteRule } from '../rewrite-rule.ts';
import { isScript, parseScript } from '../parse-script.ts';
import type { CallSite, Target } from './call-site.ts';
import { createHandedFinder } from './find-handed.ts';
import { findConstant, findNames } from './find-names.ts';
import { listTargets } from './list-targets.ts';
import { type Origin, createTracer } from './trace.ts';

/**
 * The places in TypeScript and JavaScript that read an answer, or build a variable, whose shape a rewrite changed. It goes by
 * syntax and names, without types, in files that hold or name the document: some places it cannot see, some it can only suspect.
 * `files` are those that were rewritten, as they were before; `problems` are those that it cannot look into.
 */
export async function findCallSites(
  files: readonly SourceFile[],
  project: RewrittenProject,
  rules: readonly RewriteRule[],
): Promise<{ readonly sites: readonly CallSite[]; readonly problems: readonly Problem[] }> {
  const targets = listTargets(files, project, rules);
  const scripts = files.filter(({ path }) => isScript(path));
  if (targets.length === 0 || scripts.length === 0) return { sites: [], problems: [] };
  const { default: typescript } = await import('typescript');
  const tooDeep = new Set<string>();
  const parsed = scripts.flatMap(({ path, text }) => unlessTooDeep(path, () => [parseScript(typescript, path, text)]));
  const constants = new Map<Target, string>();
  for (const script of parsed)
    for (const target of targets.filter(({ path }) => path === script.fileName)) {
      const [name] = unlessTooDeep(script.fileName, () => [findConstant(typescript, script, target)]);
      if (name !== undefined) constants.set(target, name);
    }
  const sites = parsed.flatMap((script) => unlessTooDeep(script.fileName, () => findInScript(typescript, script, targets, constants)));
  const reason = 'is nested too deeply: call sites not looked for';
  return { sites, problems: [...tooDeep].map((path) => ({ path, line: 1, column: 1, reason })) };

  /** Expressions within expressions are read by recursion. */
  function unlessTooDeep<Found>(path: string, find: () => readonly Found[]): readonly Found[] {
    try {
      return find();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      tooDeep.add(path);
      return [];
    }
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
  const findHanded = createHandedFinder(typescript, script, names, tracer);
  const sites: CallSite[] = [];
  visit(script);
  return sites.sort((left, right) => left.offset - right.offset);

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
    // A document in an object of several.
    if (names.findAll(node.getText(script)).length > 0) return;
    if (isAssigned) {
      const type = typeOf(node.expression);
      const typed = names.findAll(type);
      write(name, listVariables(typed.length > 0 ? typed : names.named, chainOf(node), type));
    } else read(name, key, tracer.traceExpression(node.expression));
  }

  function member(node: ts.PropertyAssignment | ts.ShorthandPropertyAssignment, name: ts.Identifier | ts.StringLiteral): void {
    const { chain, outermost } = surroundingsOf(node);
    const assigned = outermost.parent;
    const isPattern =
      typescript.isBinaryExpression(assigned) &&
      assigned.left === outermost &&
      assigned.operatorToken.kind === typescript.SyntaxKind.EqualsToken;
    if (isPattern) {
      const origin = tracer.traceExpression(assigned.right);
      return read(name, name.text, { ...origin, keys: [...origin.keys, ...chain.slice(0, -1)] });
    }
    const type = typeOf(outermost);
    const candidates = [names.findAll(type), findHanded(node, outermost)].find(({ length }) => length > 0) ?? names.named;
    write(name, [...listVariables(candidates, chain, type), ...listAnswers(candidates, chain)]);
  }

  /** Whichever answer it is a part of, what there is to do is the same: one says enough. */
  function read(name: ts.Node, key: string, { target, keys }: Origin): void {
    const path = [...keys, key];
    const found = listChanges(target ? [target] : names.named, 'responses').flatMap(({ change, ...candidate }): Match[] => {
      const isWhole = endsWith(path, change.before);
      if (change.before.at(-1) !== key || (target && !isWhole)) return [];
      const isSure = target !== undefined || (isWhole && change.before.length > 1);
      return [{ ...candidate, change, confidence: isSure ? 'sure' : 'maybe' }];
    });
    add(name, 'read', keepSurest(found).slice(0, 1));
  }

  /** Whichever operation it is given to matters: one refuses what another finds nothing by. */
  function write(name: ts.Node, found: readonly Match[]): void {
    add(name, 'write', keepDistinct(keepSurest(found)));
  }

  function add(name: ts.Node, kind: CallSite['kind'], found: readonly Match[]): void {
    const offset = name.getStart(script);
    for (const { target, change, confidence } of found) {
      const { coordinate, before, after, note } = change;
      const site = { path: script.fileName, ...positionAt(script.text, offset), offset, kind, confidence, operation: target.name };
      sites.push({ ...site, coordinate, before, after, ...(note === undefined ? {} : { note }) });
    }
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

  /** The name of the type that an object literal, or a variable, is declared to have; '' if it has none. */
  function typeOf(node: ts.Expression): string {
    let annotation: ts.TypeNode | undefined;
    if (typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node)) annotation = node.type;
    else if (typescript.isIdentifier(node)) annotation = tracer.findType(node);
    else if (typescript.isVariableDeclaration(node.parent)) annotation = node.parent.type;
    return annotation && typescript.isTypeReferenceNode(annotation) ? annotation.typeName.getText(script) : '';
  }
}

type Change = Pick<CallSite, 'coordinate' | 'before' | 'after' | 'note'>;

/** A change that a place may be about. */
interface Match extends Pick<CallSite, 'confidence'> {
  readonly target: Target;
  readonly change: Change;
}

function listChanges<Kind extends 'responses' | 'variables'>(targets: Iterable<Target>, kind: Kind) {
  return [...targets].flatMap((target) => target[kind].map((change: Target[Kind][number]) => ({ target, change })));
}

/** What may be given there: of a declared input type, only its members. */
function listVariables(targets: Iterable<Target>, chain: readonly string[], type: string): Match[] {
  const all = listChanges(targets, 'variables').filter(({ change }) => change.before.at(-1) === chain.at(-1));
  const typed = all.filter(({ change: { kind, coordinate } }) => kind === 'shape' && type === coordinate.slice(0, coordinate.indexOf('.')));
  if (typed.length > 0) return typed.map((match) => ({ ...match, confidence: 'sure' }));
  return all
    .filter(({ change }) => change.kind === 'shape' || isGiven(chain, type))
    .map((match) => {
      const isSure = match.change.kind === 'shape' && endsWith(chain, match.change.before);
      return { ...match, confidence: isSure ? 'sure' : 'maybe' };
    });
}

/** Whether a variable itself is given there: any other member of its name says nothing. `type`: as a generator names it. */
function isGiven(chain: readonly string[], type: string): boolean {
  return chain.length === 1 || chain.at(-2) === 'variables' || (chain.length === 2 && /variables$/i.test(type));
}

/** An object literal may also be a part of an answer that a test or a cache makes up. */
function listAnswers(targets: Iterable<Target>, chain: readonly string[]): Match[] {
  return listChanges(targets, 'responses')
    .filter(({ change }) => chain.length > 1 && endsWith(chain, change.before.slice(-2)))
    .map((match) => ({ ...match, confidence: 'maybe' }));
}

function keepSurest(found: readonly Match[]): readonly Match[] {
  const sure = found.filter(({ confidence }) => confidence === 'sure');
  return sure.length > 0 ? sure : found;
}

/** Each member of an operation once. */
function keepDistinct(found: readonly Match[]): readonly Match[] {
  const isSame = (one: Match, other: Match) => one.target === other.target && one.change.coordinate === other.change.coordinate;
  return found.filter((match, index) => found.findIndex((other) => isSame(match, other)) === index);
}

function endsWith(path: readonly string[], tail: readonly string[]): boolean {
  return path.length >= tail.length && tail.every((key, index) => key === path[path.length - tail.length + index]);
}
