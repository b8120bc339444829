import { isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import type { GraphQLInputType, GraphQLSchema } from 'graphql';
import { DeclarationError } from '../../errors.ts';
import type { ApiVersion } from './api-versions.ts';
import { listMembers } from './list-members.ts';

/**
 * Refuses a view in which a default value mentions an enum value or an input field that only other versions have. graphql-js
 * validates such a schema; it then cannot print the enum value, and prints the default without the field.
 */
export function checkDefaults(schema: GraphQLSchema, view: GraphQLSchema, version: ApiVersion): void {
  for (const { coordinate, member } of listMembers(view)) {
    if (!('defaultValue' in member) || member.defaultValue === undefined) continue;
    const missing = findMissing(schema, member.defaultValue, member.type);
    if (missing !== undefined)
      throw new DeclarationError(
        `Version ${version.name}: the default value of ${coordinate} mentions ${missing}, which that version does not have`,
      );
  }
}

/** The coordinate of the first member that a default value mentions and its type lacks. */
function findMissing(schema: GraphQLSchema, value: unknown, type: GraphQLInputType): string | undefined {
  if (value == null) return undefined;
  if (isNonNullType(type)) return findMissing(schema, value, type.ofType);
  if (isListType(type)) return findFirst(Array.isArray(value) ? value : [value], (item) => findMissing(schema, item, type.ofType));
  if (isEnumType(type))
    return type.getValues().some((known) => known.value === value) ? undefined : nameEnumValue(schema, type.name, value);
  if (!isInputObjectType(type)) return undefined;

  const fields = type.getFields();
  return findFirst(Object.entries(value), ([name, item]) => {
    const field = fields[name];
    if (field !== undefined) return findMissing(schema, item, field.type);
    return item === undefined ? undefined : `${type.name}.${name}`;
  });
}

function nameEnumValue(schema: GraphQLSchema, typeName: string, value: unknown): string {
  const original = schema.getType(typeName);
  const name = isEnumType(original) ? original.getValues().find((known) => known.value === value)?.name : undefined;
  return `${typeName}.${name ?? String(value)}`;
}

function findFirst<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
