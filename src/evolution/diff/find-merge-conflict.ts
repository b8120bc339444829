import { doTypesOverlap, isCompositeType, isInterfaceType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLOutputType, GraphQLSchema } from 'graphql';
import type { SchemaPair } from './schema-pair.ts';

/**
 * The coordinate of a field of the same name that an operation could select beside this one, and now cannot: fields that meet under
 * one name in a selection must agree in nullability, list depth and leaf type, even where their types exclude each other
 * (https://spec.graphql.org/September2025/#SameResponseShape()). Undefined if there is none. Fields that only an alias or a
 * deeper selection brings together are not looked for.
 */
export function findMergeConflict({ older, newer }: SchemaPair, typeName: string, fieldName: string): string | undefined {
  const [before, after] = [findFieldType(older, typeName, fieldName), findFieldType(newer, typeName, fieldName)];
  if (before === undefined || after === undefined) return undefined;
  return listCompanions(older, typeName)
    .filter((companion) => {
      const [rivalBefore, rivalAfter] = [findFieldType(older, companion, fieldName), findFieldType(newer, companion, fieldName)];
      return rivalBefore && rivalAfter && !differInShape(before, rivalBefore) && differInShape(after, rivalAfter);
    })
    .map((companion) => `${companion}.${fieldName}`)
    .sort()[0];
}

/** The types that a fragment can name beside another type's in one selection. */
function listCompanions(schema: GraphQLSchema, typeName: string): string[] {
  const composites = Object.values(schema.getTypeMap()).filter(isCompositeType);
  const type = composites.find(({ name }) => name === typeName);
  const parents = composites.filter((parent) => type !== undefined && doTypesOverlap(schema, parent, type));
  return composites
    .filter((companion) => companion !== type && parents.some((parent) => doTypesOverlap(schema, parent, companion)))
    .map(({ name }) => name);
}

function findFieldType(schema: GraphQLSchema, typeName: string, fieldName: string): GraphQLOutputType | undefined {
  const type = schema.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName]?.type : undefined;
}

function differInShape(left: GraphQLOutputType, right: GraphQLOutputType): boolean {
  if (isNonNullType(left) || isNonNullType(right))
    return !(isNonNullType(left) && isNonNullType(right)) || differInShape(left.ofType, right.ofType);
  if (isListType(left) || isListType(right)) return !(isListType(left) && isListType(right)) || differInShape(left.ofType, right.ofType);
  return (isLeafType(left) || isLeafType(right)) && left.name !== right.name;
}
