import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { diffDescription } from './diff-description.ts';
import { diffEnumValues } from './diff-enum-values.ts';
import { diffFields } from './diff-fields.ts';
import { diffInputObject } from './diff-input-object.ts';
import { diffInterfaces } from './diff-interfaces.ts';
import { diffScalar } from './diff-scalar.ts';
import { diffUnionMembers } from './diff-union-members.ts';
import { pairByName } from './pair-by-name.ts';
import type { SchemaChange } from './schema-change.ts';
import type { SchemaPair } from './schema-pair.ts';

/** Types that came, went or changed. One that came, went or became another kind is one change, whatever its members are. */
export function diffTypes(schemas: SchemaPair): SchemaChange[] {
  const { added, removed, kept } = pairByName(listTypes(schemas.older), listTypes(schemas.newer));
  return [
    ...added.flatMap((type) => [describeAddition(type), ...diffInterfaces(schemas, undefined, type)]),
    ...removed.map(describeRemoval),
    ...kept.flatMap(([older, newer]) => diffType(schemas, older, newer)),
  ];
}

// The scalars of the specification come and go with the members that use them, and those are compared themselves.
function listTypes(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

function diffType(schemas: SchemaPair, older: GraphQLNamedType, newer: GraphQLNamedType): SchemaChange[] {
  const members = diffMembers(schemas, older, newer);
  return members === undefined ? [describeOtherKind(older, newer)] : [...diffDescription(older.name, older, newer), ...members];
}

/** Undefined for types of different kinds. */
function diffMembers(schemas: SchemaPair, older: GraphQLNamedType, newer: GraphQLNamedType): SchemaChange[] | undefined {
  if ((isObjectType(older) && isObjectType(newer)) || (isInterfaceType(older) && isInterfaceType(newer)))
    return [...diffFields(schemas, older, newer), ...diffInterfaces(schemas, older, newer)];
  if (isInputObjectType(older) && isInputObjectType(newer)) return diffInputObject(older, newer);
  if (isEnumType(older) && isEnumType(newer)) return diffEnumValues(schemas, older, newer);
  if (isUnionType(older) && isUnionType(newer)) return diffUnionMembers(schemas, older, newer);
  if (isScalarType(older) && isScalarType(newer)) return diffScalar(older, newer);
  return undefined;
}

function describeAddition(type: GraphQLNamedType): SchemaChange {
  return { severity: 'safe', kind: 'TYPE_ADDED', coordinate: type.name, message: `${type.name}, ${nameKind(type)}, was added.` };
}

function describeRemoval(type: GraphQLNamedType): SchemaChange {
  return { severity: 'breaking', kind: 'TYPE_REMOVED', coordinate: type.name, message: `${type.name}, ${nameKind(type)}, was removed.` };
}

function describeOtherKind(older: GraphQLNamedType, newer: GraphQLNamedType): SchemaChange {
  return {
    severity: 'breaking',
    kind: 'TYPE_KIND_CHANGED',
    coordinate: older.name,
    message: `${older.name} was ${nameKind(older)} and is ${nameKind(newer)}.`,
  };
}

function nameKind(type: GraphQLNamedType): string {
  if (isObjectType(type)) return 'an object type';
  if (isInterfaceType(type)) return 'an interface';
  if (isUnionType(type)) return 'a union';
  if (isEnumType(type)) return 'an enum';
  return isInputObjectType(type) ? 'an input type' : 'a scalar';
}
