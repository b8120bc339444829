import { getNamedType, isInterfaceType, isIntrospectionType, isObjectType } from 'graphql';
import type { GraphQLEnumType, GraphQLSchema } from 'graphql';
import { describeRemoval, diffDeprecation } from './diff-deprecation.ts';
import { diffDescription } from './diff-description.ts';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

/** The values of an enum. A new one surprises only where a field answers with the enum; who sends values sends those it knows. */
export function diffEnumValues({ older: olderSchema }: SchemaPair, older: GraphQLEnumType, newer: GraphQLEnumType): SchemaChange[] {
  const { added, removed, kept } = pairByName(older.getValues(), newer.getValues());
  const answering = added.length > 0 ? findAnsweringField(olderSchema, older.name) : undefined;
  return [
    ...added.map(({ name }): SchemaChange => {
      const coordinate = `${older.name}.${name}`;
      const change = { kind: 'ENUM_VALUE_ADDED', coordinate } as const;
      return answering === undefined
        ? { ...change, severity: 'safe', message: `${coordinate} was added; no field answers with ${older.name}.` }
        : { ...change, severity: 'dangerous', message: `${coordinate} was added: ${answering} may answer with it.` };
    }),
    ...removed.map((value) => describeRemoval('ENUM_VALUE_REMOVED', `${older.name}.${value.name}`, value)),
    ...kept.flatMap(([before, after]) => {
      const coordinate = `${older.name}.${before.name}`;
      return [...diffDeprecation(coordinate, before, after), ...diffDescription(coordinate, before, after)];
    }),
  ];
}

/** The first field, by coordinate, that answers with a type. */
function findAnsweringField(schema: GraphQLSchema, typeName: string): string | undefined {
  return Object.values(schema.getTypeMap())
    .flatMap((type) => (isIntrospectionType(type) || !(isObjectType(type) || isInterfaceType(type)) ? [] : [type]))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, type: field.type })))
    .filter(({ type }) => getNamedType(type).name === typeName)
    .map(({ coordinate }) => coordinate)
    .sort()[0];
}
