import { type GraphQLSchema, isObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/**
 * Has graphql-js itself read the members that type-graphql would only read off the source, for each row through a closure, a list of
 * middlewares and an object of arguments. Members with a resolver, arguments, roles or middlewares of their own keep what they have.
 * For a schema that was built without middlewares for all members: these are nowhere to be seen.
 */
export function passOnMembers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    // Introspection's types are shared by every schema of the process.
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) if (isPassedOn(type.name, field.name)) field.resolve = undefined;
  }
}

/** Whether a member is declared, and everywhere as one that is only read, under its own name. */
function isPassedOn(typeName: string, member: string): boolean {
  const { objectTypes, interfaceTypes, fieldResolvers } = getMetadataStorage();
  const declaring = objectTypes.find(({ name }) => name === typeName);
  if (declaring === undefined) return false;
  const lineage = listClasses(declaring.target);
  const implemented = [...objectTypes, ...interfaceTypes].filter(({ target }) => lineage.includes(target));
  const sources = new Set<unknown>([...lineage, ...implemented.flatMap(({ interfaceClasses = [] }) => interfaceClasses)]);
  const fields = [...objectTypes, ...interfaceTypes]
    .filter(({ target }) => sources.has(target))
    .flatMap(({ fields = [] }) => fields)
    .filter(({ schemaName }) => schemaName === member);
  return (
    fields.length > 0 &&
    fields.every(
      ({ name, params = [], middlewares = [], roles }) =>
        name === member && params.length === 0 && middlewares.length === 0 && roles === undefined,
    ) &&
    !fieldResolvers.some(({ schemaName, getObjectType }) => schemaName === member && sources.has(getObjectType!()))
  );
}

/** A class and those it extends. */
function listClasses(target: unknown): unknown[] {
  return typeof target === 'function' && target !== Function.prototype ? [target, ...listClasses(Object.getPrototypeOf(target))] : [];
}
