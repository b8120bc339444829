import { getNamedType, isEnumType, isInputObjectType } from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';

/** Finds the coordinates that values of an input type can use, that of the type itself included; none for another type. */
export function createInputReach(): (type: GraphQLNamedType | undefined) => ReadonlySet<string> {
  const known = new Map<GraphQLNamedType, ReadonlySet<string>>();
  return (type) => {
    if (type === undefined) return new Set();
    let reached = known.get(type);
    if (reached === undefined)
      known.set(type, (reached = new Set([...findTypes(type)].flatMap((each) => [each.name, ...listMembers(each)]))));
    return reached;
  };

  function findTypes(type: GraphQLNamedType, found = new Set<GraphQLNamedType>()): Set<GraphQLNamedType> {
    if (found.has(type) || !(isEnumType(type) || isInputObjectType(type))) return found;
    found.add(type);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) findTypes(getNamedType(field.type), found);
    return found;
  }
}

/** The input fields or enum values of the type that a coordinate belongs to, or is. */
export function listInputSiblings(schema: GraphQLSchema, coordinate: string): string[] {
  const type = schema.getType(coordinate.split('.')[0]!);
  return type === undefined ? [] : listMembers(type);
}

function listMembers(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  return isInputObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [];
}
