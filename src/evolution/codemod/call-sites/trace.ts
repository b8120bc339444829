import type ts from 'typescript';
import type { Target } from './call-site.ts';
import type { TargetNames } from './find-names.ts';

/** Where a value comes from, as far as the file tells. */
export interface Origin {
  /** The operation or fragment whose answer it is a part of; undefined if that is not known. */
  readonly target: Target | undefined;
  /** Member names from there down, list positions left out. */
  readonly keys: readonly string[];
}

export interface Tracer {
  traceExpression(node: ts.Expression): Origin;
  tracePattern(node: ts.BindingPattern): Origin;
  /** The type that the declaration of a variable is annotated with. */
  findType(node: ts.Identifier): ts.TypeNode | undefined;
}

const UNKNOWN: Origin = { target: undefined, keys: [] };
/** Methods whose result has the receiver's elements, or is one of them. */
const KEEPING = new Set('filter find findLast at slice concat reverse sort toReversed toSorted pop shift flat values'.split(' '));
/** Methods that hand the receiver's elements, or what it resolves to, to a callback. */
const HANDING = new Set('map flatMap forEach filter find findLast findIndex some every sort toSorted then'.split(' '));
/** How deep a trace goes before it gives up: programs have cycles. */
const DEPTH = 40;

/** Follows values through a file by its syntax: declarations, destructuring, callbacks of list methods, annotations with generated types. */
export function createTracer(typescript: typeof ts, file: ts.SourceFile, names: TargetNames): Tracer {
  const declarations = collectDeclarations(typescript, file);
  let depth = 0;
  return { traceExpression, tracePattern, findType };

  function findType(node: ts.Identifier): ts.TypeNode | undefined {
    const declaration = findDeclaration(node);
    return declaration && 'type' in declaration ? declaration.type : undefined;
  }

  function traceExpression(node: ts.Expression): Origin {
    if (depth > DEPTH) return UNKNOWN;
    depth++;
    try {
      return traceAny(node);
    } finally {
      depth--;
    }
  }

  function traceAny(node: ts.Expression): Origin {
    if (typescript.isIdentifier(node)) return traceDeclaration(findDeclaration(node));
    if (typescript.isPropertyAccessExpression(node)) return within(traceExpression(node.expression), node.name.text);
    if (typescript.isElementAccessExpression(node)) {
      const origin = traceExpression(node.expression);
      return typescript.isStringLiteralLike(node.argumentExpression) ? within(origin, node.argumentExpression.text) : origin;
    }
    if (typescript.isCallExpression(node)) return traceCall(node);
    if (typescript.isAsExpression(node) || typescript.isSatisfiesExpression(node) || typescript.isTypeAssertionExpression(node))
      return orElse(traceType(node.type), () => traceExpression(node.expression));
    if (typescript.isParenthesizedExpression(node) || typescript.isNonNullExpression(node) || typescript.isAwaitExpression(node))
      return traceExpression(node.expression);
    if (typescript.isConditionalExpression(node)) return orElse(traceExpression(node.whenTrue), () => traceExpression(node.whenFalse));
    if (typescript.isBinaryExpression(node)) return orElse(traceExpression(node.left), () => traceExpression(node.right));
    return UNKNOWN;
  }

  function traceCall(node: ts.CallExpression): Origin {
    const { expression: callee } = node;
    const method = typescript.isPropertyAccessExpression(callee) ? names.findMethod(callee.name.text) : undefined;
    const target = method ?? findNamed([callee, ...(node.typeArguments ?? []), ...node.arguments]);
    if (target) return { target, keys: [] };
    if (typescript.isPropertyAccessExpression(callee)) {
      if (KEEPING.has(callee.name.text)) return traceExpression(callee.expression);
      const [callback] = node.arguments;
      return HANDING.has(callee.name.text) && callback && isFunction(callback) ? traceResult(callback) : UNKNOWN;
    }
    const declaration = typescript.isIdentifier(callee) ? findDeclaration(callee) : undefined;
    if (declaration === undefined) return UNKNOWN;
    if (typescript.isFunctionDeclaration(declaration)) return traceResult(declaration);
    const made = typescript.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
    return made && isFunction(made) ? traceResult(made) : UNKNOWN;
  }

  /** The target that a call is about: its document, its generated function or its type stands in it, outside of callbacks. */
  function findNamed(nodes: readonly ts.Node[]): Target | undefined {
    for (const node of nodes) {
      const isOther = isFunction(node) || typescript.isCallExpression(node) || typescript.isAwaitExpression(node);
      const isName = typescript.isIdentifier(node) || typescript.isPropertyAccessExpression(node);
      const found = (isName && names.find(node.getText(file))) || (isOther ? undefined : findNamed(childrenOf(node)));
      if (found) return found;
    }
    return undefined;
  }

  function childrenOf(node: ts.Node): readonly ts.Node[] {
    const children: ts.Node[] = [];
    typescript.forEachChild(node, (child) => void children.push(child));
    return children;
  }

  function traceResult({ type, body }: ts.FunctionLikeDeclaration): Origin {
    return orElse(traceType(type), () => {
      if (body === undefined) return UNKNOWN;
      if (!typescript.isBlock(body)) return traceExpression(body);
      const [returned] = body.statements.filter(typescript.isReturnStatement);
      return returned?.expression ? traceExpression(returned.expression) : UNKNOWN;
    });
  }

  function traceDeclaration(node: Declaration | undefined): Origin {
    if (node === undefined || typescript.isFunctionDeclaration(node)) return UNKNOWN;
    if (typescript.isBindingElement(node)) {
      const origin = tracePattern(node.parent);
      if (typescript.isArrayBindingPattern(node.parent) || node.dotDotDotToken) return origin;
      const name = node.propertyName ?? node.name;
      return typescript.isIdentifier(name) || typescript.isStringLiteral(name) ? within(origin, name.text) : UNKNOWN;
    }
    return orElse(traceType(node.type), () => {
      if (typescript.isParameter(node)) return traceParameter(node);
      const loop = node.parent.parent;
      if (typescript.isForOfStatement(loop)) return traceExpression(loop.expression);
      return node.initializer ? traceExpression(node.initializer) : UNKNOWN;
    });
  }

  function tracePattern(node: ts.BindingPattern): Origin {
    return traceDeclaration(node.parent);
  }

  function traceParameter(node: ts.ParameterDeclaration): Origin {
    const callback = node.parent;
    const call = callback.parent;
    if (!call || !typescript.isCallExpression(call) || call.arguments[0] !== callback) return UNKNOWN;
    const method = typescript.isPropertyAccessExpression(call.expression) ? call.expression : undefined;
    if (method === undefined) return UNKNOWN;
    const index = callback.parameters.indexOf(node);
    const name = method.name.text;
    const isElement =
      name === 'reduce' ? index === 1 : HANDING.has(name) && (index === 0 || (index === 1 && (name === 'sort' || name === 'toSorted')));
    return isElement ? traceExpression(method.expression) : UNKNOWN;
  }

  function traceType(node: ts.TypeNode | undefined): Origin {
    if (node === undefined) return UNKNOWN;
    if (typescript.isTypeReferenceNode(node)) {
      const target = typescript.isIdentifier(node.typeName) ? names.find(node.typeName.text) : undefined;
      if (target) return { target, keys: [] };
      const alias = typescript.isIdentifier(node.typeName) ? findAlias(node.typeName.text) : undefined;
      return alias && depth < DEPTH ? traceAlias(alias) : firstKnown(node.typeArguments ?? []);
    }
    if (typescript.isTypeQueryNode(node)) {
      const target = typescript.isIdentifier(node.exprName) ? names.find(node.exprName.text) : undefined;
      return target ? { target, keys: [] } : UNKNOWN;
    }
    if (typescript.isIndexedAccessTypeNode(node)) {
      const origin = traceType(node.objectType);
      const { indexType } = node;
      const key =
        typescript.isLiteralTypeNode(indexType) && typescript.isStringLiteral(indexType.literal) ? indexType.literal.text : undefined;
      return key === undefined ? origin : within(origin, key);
    }
    if (typescript.isArrayTypeNode(node)) return traceType(node.elementType);
    if (typescript.isParenthesizedTypeNode(node) || typescript.isTypeOperatorNode(node)) return traceType(node.type);
    return typescript.isUnionTypeNode(node) ? firstKnown(node.types) : UNKNOWN;
  }

  function findAlias(name: string): ts.TypeAliasDeclaration | undefined {
    return file.statements.filter(typescript.isTypeAliasDeclaration).find((alias) => alias.name.text === name);
  }

  function traceAlias({ type }: ts.TypeAliasDeclaration): Origin {
    depth++;
    try {
      return traceType(type);
    } finally {
      depth--;
    }
  }

  function firstKnown(nodes: readonly ts.TypeNode[]): Origin {
    return nodes.map(traceType).find(({ target }) => target) ?? UNKNOWN;
  }

  function isFunction(node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression {
    return typescript.isArrowFunction(node) || typescript.isFunctionExpression(node);
  }

  /** The declaration of the innermost scope that has the identifier. */
  function findDeclaration(node: ts.Identifier): Declaration | undefined {
    const candidates = (declarations.get(node.text) ?? []).filter(({ scope }) => scope.pos <= node.pos && node.end <= scope.end);
    return candidates.sort((left, right) => right.scope.pos - left.scope.pos)[0]?.declaration;
  }
}

type Declaration = ts.VariableDeclaration | ts.BindingElement | ts.ParameterDeclaration | ts.FunctionDeclaration;

function within({ target, keys }: Origin, key: string): Origin {
  return { target, keys: [...keys, key] };
}

function orElse(origin: Origin, otherwise: () => Origin): Origin {
  return origin.target || origin.keys.length > 0 ? origin : otherwise();
}

function collectDeclarations(typescript: typeof ts, file: ts.SourceFile) {
  const found = new Map<string, { declaration: Declaration; scope: ts.Node }[]>();
  const visit = (node: ts.Node, scope: ts.Node): void => {
    const isDeclaration =
      typescript.isVariableDeclaration(node) ||
      typescript.isBindingElement(node) ||
      typescript.isParameter(node) ||
      typescript.isFunctionDeclaration(node);
    if (isDeclaration && node.name && typescript.isIdentifier(node.name))
      found.set(node.name.text, [...(found.get(node.name.text) ?? []), { declaration: node, scope }]);
    const opens =
      typescript.isBlock(node) || typescript.isFunctionLike(node) || typescript.isForOfStatement(node) || typescript.isForStatement(node);
    typescript.forEachChild(node, (child) => visit(child, opens ? node : scope));
  };
  visit(file, file);
  return found;
}
