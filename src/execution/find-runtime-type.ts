import { GraphQLError, type GraphQLAbstractType, type GraphQLObjectType, isObjectType } from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { type FieldPlan, nameField, type Run } from './field-plan.ts';

/** @throws GraphQLError where that is not the name of an object type that the abstract one stands for, in graphql-js's words. */
export function findRuntimeType(run: Run, plan: FieldPlan, type: GraphQLAbstractType, name: unknown, result: unknown): GraphQLObjectType {
  const { nodes } = plan;
  if (name === null || name === undefined)
    throw new GraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${nameField(plan)}". Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`,
      { nodes },
    );
  if (isObjectType(name))
    throw new GraphQLError(
      'Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.',
    );
  if (typeof name !== 'string')
    throw new GraphQLError(
      `Abstract type "${type.name}" must resolve to an Object type at runtime for field "${nameField(plan)}" with value ${inspect(result)}, received "${inspect(name)}".`,
    );
  const runtimeType = run.schema.getType(name);
  if (runtimeType === undefined)
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a type "${name}" that does not exist inside the schema.`, {
      nodes,
    });
  if (!isObjectType(runtimeType))
    throw new GraphQLError(`Abstract type "${type.name}" was resolved to a non-object type "${name}".`, { nodes });
  if (!run.schema.isSubType(type, runtimeType))
    throw new GraphQLError(`Runtime Object type "${runtimeType.name}" is not a possible type for "${type.name}".`, { nodes });
  return runtimeType;
}
