import {
  type FieldNode,
  getArgumentValues,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isLeafType,
  type OperationDefinitionNode,
  type ResponsePath,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { CollectedErrors } from './collected-errors.ts';
import type { Selecting } from './collect-fields.ts';
import { takesNoInfo } from './without-info.ts';

/** One execution of an operation. */
export interface Run extends Selecting {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly errors: CollectedErrors;
}

/** A field as an operation selects it of an object type: all of it that does not depend on the object. */
export interface FieldPlan {
  readonly key: string;
  readonly parentType: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  /** Whether nothing but an error has to know where in the answer it is. */
  readonly isPlain: boolean;
  /** Whether what is answered is a member of the object, or its type's name, and depends on nothing else. */
  readonly isOfSource: boolean;
  readonly resolve: (run: Run, source: unknown, prev: ResponsePath | undefined, path: ResponsePath | undefined) => unknown;
}

/** Undefined where the type has no such field: an operation that was not validated is carried out without it. */
export function planField(
  schema: GraphQLSchema,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
): FieldPlan | undefined {
  const definition = findField(schema, parentType, nodes[0]!.name.value);
  if (definition === undefined) return undefined;
  const resolver = definition.resolve;
  const needsInfo = resolver !== undefined && !takesNoInfo(resolver);
  const plan: FieldPlan = {
    key,
    parentType,
    definition,
    nodes,
    isPlain: !needsInfo && isLeafType(getNullableType(definition.type)),
    isOfSource: (resolver === undefined || definition === TypeNameMetaFieldDef) && isLeafType(getNullableType(definition.type)),
    resolve: (run, source, prev, path) => {
      const args = definition.args.length === 0 ? undefined : getArgumentValues(definition, nodes[0]!, run.variableValues);
      if (resolver === undefined) return resolveByName(plan, run, source, args, prev);
      return resolver(source, args ?? {}, run.contextValue, needsInfo ? createInfo(plan, run, path!) : NO_INFO);
    },
  };
  return plan;
}

/** For those who said that they take none. */
const NO_INFO = undefined as unknown as GraphQLResolveInfo;

export function pathOf({ key, parentType }: FieldPlan, prev: ResponsePath | undefined): ResponsePath {
  return { prev, key, typename: parentType.name };
}

/** `Lead.industry`, as messages name it. */
export function nameField({ parentType, definition }: FieldPlan): string {
  return `${parentType.name}.${definition.name}`;
}

export function createInfo({ definition, nodes, parentType }: FieldPlan, run: Run, path: ResponsePath): GraphQLResolveInfo {
  return {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType,
    path,
    schema: run.schema,
    fragments: run.fragments,
    rootValue: run.rootValue,
    operation: run.operation,
    variableValues: run.variableValues,
  };
}

function findField(schema: GraphQLSchema, parentType: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (schema.getQueryType() === parentType) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return parentType.getFields()[name];
}

/** As the default resolver of graphql-js does: the member of that name, or what it answers if it is a function. */
function resolveByName(plan: FieldPlan, run: Run, source: unknown, args: object | undefined, prev: ResponsePath | undefined): unknown {
  if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
  const { name } = plan.definition;
  const object = source as Record<string, unknown>;
  const property = object[name];
  if (typeof property !== 'function') return property;
  const method = object[name] as (args: object, context: unknown, info: GraphQLResolveInfo) => unknown;
  return method.call(source, args ?? {}, run.contextValue, createInfo(plan, run, pathOf(plan, prev)));
}
