import { posix } from 'node:path';
import type ts from 'typescript';
import type { Target } from './call-site.ts';

/** Names that a file has for a target: that of its document, and whatever a generator made of the operation's name. */
export interface TargetNames {
  /** The target that an identifier stands for: its document, its hook, its type. */
  find(name: string): Target | undefined;
  /** The target that a method is named after: `sdk.Leads()`. Any other identifier of that name may be another thing. */
  findMethod(name: string): Target | undefined;
  /** The targets that the file says anything about. */
  readonly named: ReadonlySet<Target>;
}

/** The constant that holds a target's document, in the file of the target. */
export function findConstant(typescript: typeof ts, file: ts.SourceFile, { offset }: Target): string | undefined {
  let name: string | undefined;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    if (typescript.isVariableDeclaration(node) && typescript.isIdentifier(node.name)) name = node.name.text;
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return name;
}

/** `constants`: of targets whose document is in a constant, its name. */
export function findNames(
  typescript: typeof ts,
  file: ts.SourceFile,
  targets: readonly Target[],
  constants: ReadonlyMap<Target, string>,
): TargetNames {
  const locals = new Map<string, Target | undefined>();
  const tests = targets.map((target) => ({ target, isNamed: createNameTest(target.name) }));
  const named = new Set(targets.filter(({ path }) => path === file.fileName));
  for (const target of named) if (constants.has(target)) locals.set(constants.get(target)!, target);
  const visit = (node: ts.Node): void => {
    if (typescript.isImportDeclaration(node)) readImport(node);
    if (typescript.isIdentifier(node)) {
      if (!locals.has(node.text)) locals.set(node.text, tests.find(({ isNamed }) => isNamed(node.text))?.target);
      const found = locals.get(node.text) ?? targets.find(({ name }) => name === node.text);
      if (found) named.add(found);
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return { named, find: (name) => locals.get(name), findMethod: (name) => targets.find((target) => target.name === name) };

  function readImport({ importClause, moduleSpecifier }: ts.ImportDeclaration): void {
    const module = (moduleSpecifier as ts.StringLiteral).text;
    const bindings = importClause?.namedBindings;
    for (const specifier of bindings && typescript.isNamedImports(bindings) ? bindings.elements : []) {
      const imported = (specifier.propertyName ?? specifier.name).text;
      const target = targets.find((each) => constants.get(each) === imported || (isFrom(module, each.path) && each.name === imported));
      if (target) locals.set(specifier.name.text, target);
    }
    const target = targets.find(({ path }) => isFrom(module, path));
    if (importClause?.name && target) locals.set(importClause.name.text, target);
  }

  /** For documents that a bundler makes of `.graphql` files. */
  function isFrom(module: string, path: string): boolean {
    return /\.(graphql|gql)$/.test(module) && posix.join(posix.dirname(slashed(file.fileName)), module) === slashed(path);
  }
}

function slashed(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

/** `LeadsDocument`, `LeadsQuery`, `useLeadsLazyQuery`, `LeadPartsFragmentDoc`. */
function createNameTest(name: string): (identifier: string) => boolean {
  if (name === '') return () => false;
  const plain = (text: string) => text.replaceAll('_', '').toLowerCase();
  const made = new RegExp(
    `^(?:use)?${plain(name)}(?:lazy|suspense|background)?(?:query|mutation|subscription|fragment)?(?:variables|documentnode|document|doc)?$`,
  );
  return (identifier) => plain(identifier) !== plain(name) && made.test(plain(identifier));
}
