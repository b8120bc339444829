import type { ASTNode, GraphQLSchema } from 'graphql';
import { resolveCoordinate } from './resolve-coordinate.ts';

/** The line, from 1, at which a member stands in the SDL that a schema was built from; of what is gone, that of what was around it. */
export function locateMember(schema: GraphQLSchema, coordinate: string): number {
  for (const candidate of [coordinate, coordinate.replace(/\(.*$/, ''), coordinate.replace(/[.(].*$/, '')]) {
    const line = lineOf(findNode(schema, candidate));
    if (line !== undefined) return line;
  }
  return 1;
}

function findNode(schema: GraphQLSchema, coordinate: string): ASTNode | null | undefined {
  if (coordinate === 'schema') return schema.astNode;
  const element = resolveCoordinate(schema, coordinate);
  switch (element?.kind) {
    case undefined:
      return undefined;
    case 'NamedType':
      return element.type.astNode ?? element.type.extensionASTNodes[0];
    case 'Field':
      return element.field.astNode;
    case 'FieldArgument':
      return element.fieldArgument.astNode;
    case 'InputField':
      return element.inputField.astNode;
    case 'EnumValue':
      return element.enumValue.astNode;
    case 'Directive':
      return element.directive.astNode;
    case 'DirectiveArgument':
      return element.directiveArgument.astNode;
  }
}

/** A definition begins with its description; people look for its name. */
function lineOf(node: ASTNode | null | undefined): number | undefined {
  return (node && 'name' in node ? node.name : node)?.loc?.startToken.line;
}
