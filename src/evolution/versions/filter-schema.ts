import {
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLUnionType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from 'graphql';
import type { GraphQLFieldConfig, GraphQLNamedType, GraphQLType } from 'graphql';
import type { ApiVersion } from './api-versions.ts';
import { findReachableTypes } from './find-reachable-types.ts';
import { describeDeprecation, existsIn } from './member-lifecycle.ts';

/** Members are rebuilt from their configuration; a node of the SDL they once came from would show what is no longer there. */
const withoutNodes = { astNode: undefined, extensionASTNodes: [] };

/**
 * A new schema with the members that a version has, the deprecated ones marked; resolvers, scalars and extensions are those of
 * the original. A root type other than Query that has no field left is left out.
 */
export function filterSchema(schema: GraphQLSchema, version: ApiVersion): GraphQLSchema {
  const types = new Map<string, GraphQLNamedType>();
  for (const type of findReachableTypes(schema, version)) types.set(type.name, rebuildType(type));

  const [mutation, subscription] = [schema.getMutationType(), schema.getSubscriptionType()].map((type) => {
    const isEmpty = type == null || Object.values(type.getFields()).every((field) => !existsIn(field, version));
    if (isEmpty && type != null) types.delete(type.name);
    return isEmpty ? undefined : (types.get(type.name) as GraphQLObjectType | undefined);
  });
  return new GraphQLSchema({
    ...schema.toConfig(),
    ...withoutNodes,
    query: types.get(schema.getQueryType()?.name ?? '') as GraphQLObjectType | undefined,
    mutation,
    subscription,
    types: [...types.values()],
    directives: schema.getDirectives().map(rebuildDirective),
    assumeValid: false,
  });

  function rebuildType(type: GraphQLNamedType): GraphQLNamedType {
    if (isObjectType(type)) {
      const { fields, interfaces, ...config } = type.toConfig();
      return new GraphQLObjectType({ ...config, ...withoutNodes, fields: () => rebuildFields(fields), interfaces: () => keep(interfaces) });
    }
    if (isInterfaceType(type)) {
      const { fields, interfaces, ...config } = type.toConfig();
      return new GraphQLInterfaceType({
        ...config,
        ...withoutNodes,
        fields: () => rebuildFields(fields),
        interfaces: () => keep(interfaces),
      });
    }
    if (isUnionType(type)) {
      const { types: members, ...config } = type.toConfig();
      return new GraphQLUnionType({ ...config, ...withoutNodes, types: () => keep(members) });
    }
    if (isInputObjectType(type)) {
      const { fields, ...config } = type.toConfig();
      return new GraphQLInputObjectType({ ...config, ...withoutNodes, fields: () => rebuildInputs(fields) });
    }
    if (isEnumType(type)) {
      const { values, ...config } = type.toConfig();
      return new GraphQLEnumType({ ...config, ...withoutNodes, values: rebuildMembers(values) });
    }
    return type;
  }

  function rebuildFields(
    fields: Record<string, GraphQLFieldConfig<unknown, unknown>>,
  ): Record<string, GraphQLFieldConfig<unknown, unknown>> {
    return mapValues(rebuildMembers(fields), (field) => ({ ...field, type: refer(field.type), args: rebuildInputs(field.args ?? {}) }));
  }

  function rebuildInputs<T extends InputMember>(inputs: Record<string, T>): Record<string, T> {
    return mapValues(rebuildMembers(inputs), (input) => ({ ...input, type: refer(input.type) }));
  }

  function rebuildMembers<T extends Member>(members: Record<string, T>): Record<string, T> {
    const kept = Object.entries(members).filter(([, member]) => existsIn({ extensions: member.extensions ?? {} }, version));
    return mapValues(Object.fromEntries(kept), (member) => ({
      ...member,
      astNode: undefined,
      deprecationReason: describeDeprecation({ extensions: member.extensions ?? {} }, version),
    }));
  }

  function rebuildDirective(directive: GraphQLDirective): GraphQLDirective {
    if (isSpecifiedDirective(directive)) return directive;
    const { args, ...config } = directive.toConfig();
    return new GraphQLDirective({ ...config, astNode: undefined, args: rebuildInputs(args) });
  }

  function keep<T extends GraphQLNamedType>(originals: readonly T[]): T[] {
    return originals.flatMap((original) => (types.get(original.name) as T | undefined) ?? []);
  }

  /** The same reference, to the rebuilt type. */
  function refer<T extends GraphQLType>(type: T): T;
  function refer(type: GraphQLType): GraphQLType {
    if (isListType(type)) return new GraphQLList(refer(type.ofType));
    if (isNonNullType(type)) return new GraphQLNonNull(refer(type.ofType));
    return types.get(type.name) ?? type;
  }
}

interface Member {
  readonly extensions?: Readonly<Record<string, unknown>> | null;
}

interface InputMember extends Member {
  readonly type: GraphQLType;
}

function mapValues<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
