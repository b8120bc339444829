import type ts from 'typescript';
import type { Target } from './call-site.ts';
import type { TargetNames } from './find-names.ts';
import type { Tracer } from './trace.ts';

/** Finds the targets that a member of nested object literals is handed over for; none if nothing beside it says so. */
export type HandedFinder = (member: ts.Node, outermost: ts.Node) => readonly Target[];

/**
 * Goes by the document beside: `{ query: Leads, variables: { … } }`, `request(url, Leads, { … })`, or by the function that is
 * called: `useLeadsQuery({ … })`, `sdk.Leads({ … })`, and `save({ … })` after `const [save] = useMutation(Leads)`.
 */
export function createHandedFinder(typescript: typeof ts, file: ts.SourceFile, names: TargetNames, tracer: Tracer): HandedFinder {
  return (member, outermost) => {
    for (let at = member; at !== outermost.parent; at = at.parent) {
      const found = typescript.isObjectLiteralExpression(at) ? at.properties.flatMap(findInProperty) : [];
      if (found.length > 0) return found;
    }
    // Some functions take a function that returns it.
    const given = typescript.isArrowFunction(outermost.parent) ? outermost.parent : outermost;
    return typescript.isCallExpression(given.parent) && given.parent.expression !== given ? findInCall(given.parent) : [];
  };

  function findInProperty(property: ts.ObjectLiteralElementLike): readonly Target[] {
    if (typescript.isShorthandPropertyAssignment(property)) return findNamed(property.name);
    return typescript.isPropertyAssignment(property) ? findNamed(property.initializer) : [];
  }

  function findInCall({ expression: callee, typeArguments, arguments: given }: ts.CallExpression): readonly Target[] {
    const found = [callee, ...(typeArguments ?? []), ...given].flatMap(findNamed);
    if (found.length > 0) return found;
    const target = typescript.isIdentifier(callee)
      ? tracer.traceExpression(callee).target
      : typescript.isPropertyAccessExpression(callee)
        ? names.findMethod(callee.name.text)
        : undefined;
    return target ? [target] : [];
  }

  function findNamed(node: ts.Node): readonly Target[] {
    if (typescript.isPropertyAccessExpression(node)) {
      const found = names.findAll(node.getText(file));
      return found.length > 0 ? found : findNamed(node.name);
    }
    if (typescript.isTypeReferenceNode(node)) return findNamed(node.typeName);
    if (typescript.isIdentifier(node)) return names.findAll(node.text);
    return isDocument(node) ? [...names.named].filter(({ path, offset }) => path === file.fileName && isWithin(offset, node)) : [];
  }

  /** Whether it may be one that is written in place. */
  function isDocument(node: ts.Node): boolean {
    return (
      typescript.isTaggedTemplateExpression(node) ||
      typescript.isCallExpression(node) ||
      typescript.isTemplateLiteral(node) ||
      typescript.isStringLiteral(node)
    );
  }
}

function isWithin(offset: number, { pos, end }: ts.Node): boolean {
  return pos <= offset && offset < end;
}
