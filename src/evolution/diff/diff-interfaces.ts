import { isInterfaceType, isObjectType } from 'graphql';
import type { GraphQLInterfaceType, GraphQLNamedType } from 'graphql';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange, Severity } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

/**
 * The interfaces of a type, of a new one as well.
 *
 * An object that joins an interface is an answer that clients of the interface have not met; an interface that is itself new has no
 * such clients. Between interfaces nothing hangs on the declaration: what a fragment can match follows from the objects.
 */
export function diffInterfaces(
  { older: olderSchema, newer: newerSchema }: SchemaPair,
  older: GraphQLNamedType | undefined,
  newer: GraphQLNamedType,
): SchemaChange[] {
  const { added, removed } = pairByName(listInterfaces(older), listInterfaces(newer));
  const isNew = older === undefined;
  return [
    ...added.flatMap((joined) => {
      const change = describeJoining(newer, joined, isInterfaceType(olderSchema.getType(joined.name)));
      return isNew && change.severity === 'safe' ? [] : [change];
    }),
    // An interface that is gone is reported as such, once.
    ...removed.filter((left) => newerSchema.getType(left.name) !== undefined).map((left) => describeLeaving(newer, left)),
  ];
}

function listInterfaces(type: GraphQLNamedType | undefined): readonly GraphQLInterfaceType[] {
  return isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
}

function describeJoining(type: GraphQLNamedType, joined: GraphQLInterfaceType, existed: boolean): SchemaChange {
  const [severity, consequence]: [Severity, string] =
    isObjectType(type) && existed ? ['dangerous', `: a field of type ${joined.name} may answer with it`] : ['safe', ''];
  return {
    severity,
    kind: 'INTERFACE_ADDED',
    coordinate: type.name,
    message: `${type.name} implements ${joined.name}${consequence}.`,
  };
}

function describeLeaving(type: GraphQLNamedType, left: GraphQLInterfaceType): SchemaChange {
  return {
    severity: isObjectType(type) ? 'breaking' : 'safe',
    kind: 'INTERFACE_REMOVED',
    coordinate: type.name,
    message: `${type.name} no longer implements ${left.name}.`,
  };
}
