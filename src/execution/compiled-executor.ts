import {
  assertValidSchema,
  type ExecutionResult,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { CollectedErrors } from './collected-errors.ts';
import { type Fragments, listDirectiveVariables, listFragments } from './collect-fields.ts';
import { executeFields, planSelection, type SelectionPlan } from './execute-fields.ts';
import { createInterpreter, type Executor } from './executor.ts';
import type { Run } from './field-plan.ts';

/** What is known of an operation for all times that it is sent. */
interface OperationPlan {
  readonly fragments: Fragments;
  /** By the values of these variables it is told which fields are selected. */
  readonly directiveVariables: readonly string[];
  readonly selections: Map<string, SelectionPlan>;
}

/** An operation is planned for so many combinations of its directives' variables. */
const MOST_SELECTIONS = 16;

/**
 * Makes an executor that answers what graphql-js does, and does what does not change from one time to the next – finding fields,
 * resolvers and types – once for an operation instead of once for each row. Only queries; anything else is graphql-js's.
 */
export function createCompiledExecutor(schema: GraphQLSchema): Executor {
  assertValidSchema(schema);
  const queryType = schema.getQueryType()!;
  const interpret = createInterpreter(schema);
  const plans = new WeakMap<OperationDefinitionNode, OperationPlan>();

  return (request) => {
    const { document, operation, contextValue } = request;
    const variableValues = request.variableValues ?? {};
    if (operation?.operation !== OperationTypeNode.QUERY) return interpret(request);
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues);
    if (coerced === undefined) return interpret(request);
    let plan = plans.get(operation);
    if (plan === undefined) {
      plan = { fragments: listFragments(document), directiveVariables: listDirectiveVariables(document), selections: new Map() };
      plans.set(operation, plan);
    }
    const { fragments, directiveVariables, selections } = plan;
    const key = directiveVariables.map((name) => String(Object.hasOwn(coerced, name) ? coerced[name] : undefined)).join();
    if (selections.size >= MOST_SELECTIONS && !selections.has(key)) return interpret(request);
    const run: Run = {
      schema,
      fragments,
      operation,
      rootValue: undefined,
      contextValue,
      variableValues: coerced,
      errors: new CollectedErrors(),
    };
    return answer(run, () => {
      const selection = selections.get(key) ?? planSelection(run, queryType, [operation.selectionSet]);
      selections.set(key, selection);
      return executeFields(run, selection, undefined, undefined);
    });
  };
}

function answer(
  run: Run,
  work: () => NonNullable<ExecutionResult['data']> | Promise<NonNullable<ExecutionResult['data']>>,
): ExecutionResult | Promise<ExecutionResult> {
  const succeed = (data: ExecutionResult['data']): ExecutionResult =>
    run.errors.list.length === 0 ? { data: data! } : { errors: run.errors.list, data: data! };
  const fail = (error: GraphQLError): ExecutionResult => {
    run.errors.add(error, undefined);
    return { errors: run.errors.list, data: null };
  };
  try {
    const data = work();
    return data instanceof Promise ? data.then(succeed, fail) : succeed(data);
  } catch (error) {
    return fail(error as GraphQLError);
  }
}
