import { posix } from 'node:path';
import type ts from 'typescript';
import type { Target } from './call-site.ts';

/** Names that a file has for a target: that of its document, and whatever a generator made of the operation's name. */
export interface TargetNames {
  /**
   * The target that a name stands for: its document, its hook, its type. Of a document with several, the first; undefined for an
   * object of several documents.
   */
  find(name: string): Target | undefined;
  /** All targets that a name stands for: an identifier, or that of a member, `DOCUMENTS.leads`. */
  findAll(name: string): readonly Target[];
  /** The target that a method is named after: `sdk.Leads()`. Any other identifier of that name may be another thing. */
  findMethod(name: string): Target | undefined;
  /** The targets that the file says anything about. */
  readonly named: ReadonlySet<Target>;
}

/** The constant that holds a target's document, in the file of the target: `LEADS`, or `DOCUMENTS.leads` in an object of several. */
export function findConstant(typescript: typeof ts, file: ts.SourceFile, { offset }: Target): string | undefined {
  let name: string | undefined;
  let held: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (offset < node.pos || offset >= node.end) return;
    if (typescript.isVariableDeclaration(node) && typescript.isIdentifier(node.name)) {
      name = node.name.text;
      held = node.initializer;
    } else if (typescript.isPropertyAssignment(node) && node.parent === held && typescript.isIdentifier(node.name)) {
      name = `${name}.${node.name.text}`;
      held = node.initializer;
    } else if (node === held && (typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node))) held = node.expression;
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
  const locals = new Map<string, readonly Target[]>();
  const tests = targets.filter(({ name }) => name !== '').map((target) => ({ target, isNamed: createNameTest(plain(target.name)) }));
  const named = new Set(targets.filter(({ path }) => path === file.fileName));
  for (const target of named) {
    const constant = constants.get(target);
    if (constant !== undefined) bindConstant(constant, target);
  }
  const visit = (node: ts.Node): void => {
    if (typescript.isImportDeclaration(node)) readImport(node);
    if (typescript.isIdentifier(node)) {
      if (!locals.has(node.text)) locals.set(node.text, listGenerated(node.text));
      const found = findAll(node.text);
      for (const target of found.length > 0 ? found : targets.filter(({ name }) => name === node.text)) named.add(target);
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  return { named, find, findAll, findMethod: (name) => targets.find((target) => target.name === name) };

  function find(name: string): Target | undefined {
    const found = findAll(name);
    const documents = new Set(found.map((target) => constants.get(target)));
    return documents.size > 1 && [...documents].some((constant) => constant?.includes('.')) ? undefined : found[0];
  }

  function findAll(name: string): readonly Target[] {
    return locals.get(name) ?? [];
  }

  function listGenerated(name: string): readonly Target[] {
    const identifier = plain(name);
    return tests.filter(({ isNamed }) => isNamed(identifier)).map(({ target }) => target);
  }

  function readImport({ importClause, moduleSpecifier }: ts.ImportDeclaration): void {
    const module = (moduleSpecifier as ts.StringLiteral).text;
    const bindings = importClause?.namedBindings;
    for (const specifier of bindings && typescript.isNamedImports(bindings) ? bindings.elements : []) {
      const imported = (specifier.propertyName ?? specifier.name).text;
      const found = targets.filter((each) => isConstant(each, imported) || (isFrom(module, each.path) && each.name === imported));
      bind(specifier.name, found.length > 0 ? found : listGenerated(imported));
      for (const target of found)
        if (isConstant(target, imported)) bindConstant(specifier.name.text + constants.get(target)!.slice(imported.length), target);
    }
    const found = targets.filter(({ path }) => isFrom(module, path));
    if (importClause?.name) bind(importClause.name, found);
  }

  function bind({ text }: ts.Identifier, found: readonly Target[]): void {
    if (found.length > 0) locals.set(text, found);
  }

  /** By its name, and by that of each object that it is in. */
  function bindConstant(constant: string, target: Target): void {
    for (let name = constant; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.'))))
      locals.set(name, [...findAll(name).filter((each) => each !== target), target]);
  }

  function isConstant(target: Target, name: string): boolean {
    return `${constants.get(target)}.`.startsWith(`${name}.`);
  }

  /** For documents that a bundler makes of `.graphql` files. */
  function isFrom(module: string, path: string): boolean {
    return /\.(graphql|gql)$/.test(module) && posix.join(posix.dirname(slashed(file.fileName)), module) === slashed(path);
  }
}

function slashed(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

/** Generators write a name in their own way. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** `LeadsDocument`, `LeadsQuery`, `useLeadsLazyQuery`, `LeadPartsFragmentDoc`. */
function createNameTest(name: string): (identifier: string) => boolean {
  const made = new RegExp(
    `^(?:use)?${name}(?:lazy|suspense|background)?(?:query|mutation|subscription|fragment)?(?:variables|documentnode|document|doc)?$`,
  );
  return (identifier) => identifier !== name && made.test(identifier);
}
