import { getNamedType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedDirective, isUnionType } from 'graphql';
import type { GraphQLNamedType, GraphQLSchema, GraphQLType } from 'graphql';

/** The names of the types that an operation can still meet once the members at these coordinates are gone. */
export function findTypesWithout(schema: GraphQLSchema, gone: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<GraphQLNamedType>();
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) if (root) found.add(root);
  for (const directive of schema.getDirectives())
    if (!isSpecifiedDirective(directive)) for (const { type } of directive.args) found.add(getNamedType(type));
  // What is added while a set is walked is walked too.
  for (const type of found) for (const next of listTypesOf(schema, type, gone)) found.add(next);
  return new Set([...found].map(({ name }) => name));
}

function* listTypesOf(schema: GraphQLSchema, type: GraphQLNamedType, gone: ReadonlySet<string>): Generator<GraphQLNamedType> {
  if (isUnionType(type)) yield* type.getTypes();
  if (isInputObjectType(type))
    for (const field of Object.values(type.getFields())) if (!gone.has(`${type.name}.${field.name}`)) yield getNamedType(field.type);
  if (!isObjectType(type) && !isInterfaceType(type)) return;

  yield* type.getInterfaces();
  for (const field of Object.values(type.getFields())) {
    const coordinate = `${type.name}.${field.name}`;
    if (gone.has(coordinate)) continue;
    yield* listAnswersOf(schema, field.type);
    for (const argument of field.args) if (!gone.has(`${coordinate}(${argument.name}:)`)) yield getNamedType(argument.type);
  }
}

/** A field of an interface answers with any of its implementations. */
function listAnswersOf(schema: GraphQLSchema, fieldType: GraphQLType): readonly GraphQLNamedType[] {
  const type = getNamedType(fieldType);
  if (!isInterfaceType(type)) return [type];
  const { objects, interfaces } = schema.getImplementations(type);
  return [type, ...objects, ...interfaces];
}
