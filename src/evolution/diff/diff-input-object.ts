import { isRequiredInputField } from 'graphql';
import type { GraphQLInputObjectType } from 'graphql';
import { diffInputMembers } from './diff-input-members.ts';
import type { SchemaChange } from './schema-change.ts';

/** The fields of an input type, and whether exactly one of them has to be given. */
export function diffInputObject(older: GraphQLInputObjectType, newer: GraphQLInputObjectType): SchemaChange[] {
  return [
    ...diffOneOf(older, newer),
    ...diffInputMembers(
      'INPUT_FIELD',
      Object.values(older.getFields()),
      Object.values(newer.getFields()),
      (name) => `${older.name}.${name}`,
    ),
  ];
}

function diffOneOf(older: GraphQLInputObjectType, newer: GraphQLInputObjectType): SchemaChange[] {
  if (older.isOneOf === newer.isOneOf) return [];
  const coordinate = older.name;
  if (!newer.isOneOf)
    return [{ severity: 'safe', kind: 'ONE_OF_REMOVED', coordinate, message: `${coordinate} need not be given exactly one field.` }];

  // Where there was one field and it had to be given, everybody gives exactly one already.
  const fields = Object.values(older.getFields());
  const severity = fields.length === 1 && fields.every(isRequiredInputField) ? 'safe' : 'breaking';
  return [{ severity, kind: 'ONE_OF_ADDED', coordinate, message: `${coordinate} has to be given exactly one field.` }];
}
