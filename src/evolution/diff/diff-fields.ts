import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType } from 'graphql';
import { compareTypes } from './compare-types.ts';
import { describeRemoval, diffDeprecation } from './diff-deprecation.ts';
import { diffDescription } from './diff-description.ts';
import { diffInputMembers } from './diff-input-members.ts';
import { findMergeConflict } from './find-merge-conflict.ts';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

type Owner = GraphQLObjectType | GraphQLInterfaceType;
type Field = GraphQLField<unknown, unknown>;

/** The fields of an object type or an interface, with their arguments. */
export function diffFields(schemas: SchemaPair, older: Owner, newer: Owner): SchemaChange[] {
  const { added, removed, kept } = pairByName(Object.values(older.getFields()), Object.values(newer.getFields()));
  return [
    ...added.map((field) => describeAddition(`${older.name}.${field.name}`, field)),
    ...removed.map((field) => describeRemoval('FIELD_REMOVED', `${older.name}.${field.name}`, field)),
    ...kept.flatMap(([before, after]) => {
      const coordinate = `${older.name}.${before.name}`;
      return [
        ...diffType(schemas, older, before, after),
        ...diffInputMembers('ARGUMENT', before.args, after.args, (name) => `${coordinate}(${name}:)`),
        ...diffDeprecation(coordinate, before, after),
        ...diffDescription(coordinate, before, after),
      ];
    }),
  ];
}

function describeAddition(coordinate: string, field: Field): SchemaChange {
  return { severity: 'safe', kind: 'FIELD_ADDED', coordinate, message: `${coordinate} of type ${String(field.type)} was added.` };
}

/** Clients read a field: what is looser brings them a null they never met. */
function diffType(schemas: SchemaPair, owner: Owner, older: Field, newer: Field): SchemaChange[] {
  const coordinate = `${owner.name}.${older.name}`;
  const message = `${coordinate} changed its type from ${String(older.type)} to ${String(newer.type)}`;
  switch (compareTypes(older.type, newer.type)) {
    case 'same':
      return [];
    case 'other':
      return [{ severity: 'breaking', kind: 'FIELD_TYPE_CHANGED', coordinate, message: `${message}.` }];
    case 'looser':
      return [
        { severity: 'breaking', kind: 'FIELD_NULLABILITY_LOOSENED', coordinate, message: `${message}: it may be null where it could not.` },
      ];
    case 'tighter': {
      const rival = findMergeConflict(schemas, owner.name, older.name);
      const kind = 'FIELD_NULLABILITY_TIGHTENED';
      return rival === undefined
        ? [{ severity: 'safe', kind, coordinate, message: `${message}.` }]
        : [{ severity: 'breaking', kind, coordinate, message: `${message}: one selection can no longer hold it and ${rival} both.` }];
    }
  }
}
