import { isDeepStrictEqual } from 'node:util';
import { Kind, type OperationDefinitionNode, OperationTypeNode, parse } from 'graphql';
import { createRuleFinder } from '../find-rule.ts';
import type { GraphqlAnswer } from '../../source/graphql-answer.ts';
import type { RewriteContext, RewrittenOperation } from '../rewrite-result.ts';
import { addWitnesses, withoutWitnesses } from './add-witnesses.ts';
import { createAnswerShape } from './answer-shape.ts';
import { type Resolutions, NOTHING_COMPARED, addComparisons, compareAnswers } from './compare-answers.ts';
import { convertVariables } from './convert-variables.ts';
import { countFound } from './count-found.ts';
import type { Comparison, OperationProof, SendOperation } from './proof.ts';

/** Sets of variables by operation name, in the shape that the operations took before. */
export type VariableSets = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

/** How often an operation is sent again because the data changed while it was. */
const ATTEMPTS = 4;

/**
 * Executes each rewritten query as it was and as it is, and compares the answers through what the rewrite declares. Nothing is
 * executed but queries. An operation without a set of variables is sent with its defaults, if it has all it needs.
 * @throws OperationError where the server cannot be reached or is no GraphQL endpoint.
 */
export async function proveOperations(
  operations: readonly RewrittenOperation[],
  context: RewriteContext,
  variableSets: VariableSets,
  send: SendOperation,
): Promise<readonly OperationProof[]> {
  const resolutions: Resolutions = new Map();
  const proofs: OperationProof[] = [];
  for (const operation of operations) {
    const sets = variableSets.get(operation.name) ?? [{}];
    const { path, line, column, name } = operation;
    const reason = findHindrance(operation, sets);
    const result = reason === undefined ? await proveOperation(operation, context, sets, send, resolutions) : unproven(reason);
    proofs.push({ path, line, column, name, ...result });
  }
  return proofs;
}

type Result = Pick<OperationProof, 'state' | 'reason' | 'executions' | 'comparison'>;

async function proveOperation(
  operation: RewrittenOperation,
  context: RewriteContext,
  sets: readonly Readonly<Record<string, unknown>>[],
  send: SendOperation,
  resolutions: Resolutions,
): Promise<Result> {
  const { before, after, responses, variables: changes } = operation;
  const witnessed = addWitnesses(before, context.schema, createRuleFinder(context));
  const shape = createAnswerShape(responses);
  const operationName = operation.name || undefined;
  let comparison = NOTHING_COMPARED;
  let holdsRecords = false;
  for (const [index, variables] of sets.entries()) {
    const next = await proveExecution(variables);
    if (typeof next === 'string') return { state: 'failed', reason: next, executions: index + 1, comparison };
    comparison = addComparisons(comparison, next);
  }
  const executions = sets.length;
  const isOther = comparison.differencesFound > 0 || comparison.found.some((count) => count.before !== count.after);
  if (isOther) return { state: 'different', executions, comparison };
  if (responses.length > 0 && comparison.compared === 0)
    return { ...unproven('the answer holds none of the values that moved'), executions };
  if (responses.length === 0 && !holdsRecords) return { ...unproven('the answers are empty, and nothing was compared'), executions };
  return { state: 'proven', executions, comparison };

  /** The comparison, or why there is none. Data that changed in between makes no difference: where one is found, it is asked again. */
  async function proveExecution(variables: Readonly<Record<string, unknown>>): Promise<Comparison | string> {
    const ask = (query: string, given = variables) => send({ query, operationName, variables: given });
    let old = await ask(before);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const refusal = errorOf(old);
      if (refusal !== undefined) return `the operation fails as it was: ${refusal}`;
      const converted = convertVariables(variables, changes, context.rules);
      const now = await ask(after, converted);
      const both = await ask(witnessed);
      // What an attempt that is dropped has seen must not count against the next one.
      const seen: Resolutions = new Map(resolutions);
      const compared = compare(old, now, both, seen);
      const again = compared.differencesFound > 0 ? await ask(before) : old;
      if (isDeepStrictEqual(old.data, again.data)) {
        for (const [name, resolution] of seen) resolutions.set(name, resolution);
        const counts = await countFound({ query: before, variables }, { query: after, variables: converted }, context, (each) =>
          ask(each.query, each.variables),
        );
        holdsRecords ||= counts.length > 0 ? counts.some((count) => count.before > 0) : !isEmpty(old.data);
        return { ...compared, found: counts };
      }
      old = again;
    }
    return `the data changed during each of ${ATTEMPTS} attempts`;
  }

  function compare(old: GraphqlAnswer, now: GraphqlAnswer, both: GraphqlAnswer, seen: Resolutions): Comparison {
    const refusal = errorOf(now);
    if (refusal !== undefined) return differing(`the rewritten operation fails: ${refusal}`);
    const contradiction = errorOf(both);
    if (contradiction !== undefined) return differing(`asked for both in one operation, the server fails: ${contradiction}`);
    if (!isDeepStrictEqual(old.data, withoutWitnesses(both.data)))
      return differing('asked for both in one operation, the server answers the old part differently');
    return compareAnswers({ before: old.data, after: now.data, witnessed: both.data }, shape, seen);
  }
}

/** Why an operation cannot be proven by executing it. */
function findHindrance(
  { before, whole, complete }: RewrittenOperation,
  sets: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  if (!complete) return 'a part of it is only known when the program runs';
  const { operation, variableDefinitions = [] } = parse(before).definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  )!;
  if (operation !== OperationTypeNode.QUERY) return `a ${operation} is not executed`;
  if (!whole) return 'a part of it was left as it was';
  const required = variableDefinitions
    .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined)
    .map(({ variable }) => variable.name.value);
  const missing = required.filter((name) => sets.some((variables) => variables[name] == null));
  return missing.length === 0 ? undefined : `it needs ${missing.map((name) => `$${name}`).join(', ')}: give --variables`;
}

function errorOf({ data, errors }: GraphqlAnswer): string | undefined {
  if (errors && errors.length > 0) return errors.map(({ message }) => message).join('; ');
  return data == null ? 'it answers no data' : undefined;
}

/** Whether there is nothing in an answer that could differ: no item in any list or, without lists, nothing but null. */
function isEmpty(data: unknown): boolean {
  const [lists, leaves] = [listAll(data, Array.isArray), listAll(data, (value) => typeof value !== 'object')];
  return lists.length > 0 ? lists.every((list) => (list as unknown[]).length === 0) : leaves.length === 0;
}

/** Every value within an answer that is of a kind. */
function listAll(value: unknown, isWanted: (value: unknown) => boolean): unknown[] {
  const members = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return [...(isWanted(value) ? [value] : []), ...members.flatMap((member) => listAll(member, isWanted))];
}

function differing(message: string): Comparison {
  return { ...NOTHING_COMPARED, differences: [{ at: '', message }], differencesFound: 1 };
}

function unproven(reason: string): Result {
  return { state: 'unproven', reason, executions: 0, comparison: NOTHING_COMPARED };
}
