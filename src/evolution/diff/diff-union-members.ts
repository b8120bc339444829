import type { GraphQLUnionType } from 'graphql';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

export function diffUnionMembers({ newer: newerSchema }: SchemaPair, older: GraphQLUnionType, newer: GraphQLUnionType): SchemaChange[] {
  const { added, removed } = pairByName(older.getTypes(), newer.getTypes());
  return [
    ...added.map(({ name }): SchemaChange => ({
      severity: 'dangerous',
      kind: 'UNION_MEMBER_ADDED',
      coordinate: older.name,
      message: `${name} was added to ${older.name}: a field of that type may answer with it.`,
    })),
    // A type that is gone is reported as such, once.
    ...removed
      .filter(({ name }) => newerSchema.getType(name) !== undefined)
      .map(({ name }): SchemaChange => ({
        severity: 'breaking',
        kind: 'UNION_MEMBER_REMOVED',
        coordinate: older.name,
        message: `${name} was removed from ${older.name}.`,
      })),
  ];
}
