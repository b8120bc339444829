import type { GraphQLScalarType } from 'graphql';
import type { SchemaChange } from './schema-change.ts';

/** Where a scalar's format is specified. To name it promises more of the same values; another one, or none, may be another format. */
export function diffScalar(older: GraphQLScalarType, newer: GraphQLScalarType): SchemaChange[] {
  const [before, after] = [older.specifiedByURL ?? undefined, newer.specifiedByURL ?? undefined];
  const coordinate = older.name;
  if (before === after) return [];
  if (before === undefined)
    return [{ severity: 'safe', kind: 'SPECIFIED_BY_ADDED', coordinate, message: `${coordinate} is specified by ${after}.` }];
  if (after === undefined)
    return [
      { severity: 'dangerous', kind: 'SPECIFIED_BY_REMOVED', coordinate, message: `${coordinate} is no longer specified by ${before}.` },
    ];
  return [
    {
      severity: 'dangerous',
      kind: 'SPECIFIED_BY_CHANGED',
      coordinate,
      message: `${coordinate} is specified by ${after}, not by ${before}.`,
    },
  ];
}
