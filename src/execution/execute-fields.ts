import {
  defaultTypeResolver,
  GraphQLError,
  GraphQLID,
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLList,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  locatedError,
  type ResponsePath,
  responsePathAsArray,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql';
import { inspect } from 'graphql/jsutils/inspect.js';
import { collectFields } from './collect-fields.ts';
import { createInfo, type FieldPlan, nameField, pathOf, planField, type Run } from './field-plan.ts';
import { findRuntimeType } from './find-runtime-type.ts';

/** Completes what a resolver answered. `fieldPath`: of the field; `path`: of this value, which may be an item of the field's list. */
type Complete = (run: Run, result: unknown, path: ResponsePath, fieldPath: ResponsePath) => unknown;

/** The fields that are selected of an object type, in the order of the answer. */
export interface SelectionPlan {
  readonly fields: readonly { readonly plan: FieldPlan; readonly complete: Complete }[];
  /** Whether a field is called as what is an object's prototype. */
  readonly hasPrototype: boolean;
  /** What was answered of objects that never change, where all that an answer depends on is the object. */
  readonly known: WeakMap<object, Answers> | undefined;
}

type Answers = Record<string, unknown>;

/** @throws GraphQLError where a directive has no valid value. */
export function planSelection(run: Run, type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): SelectionPlan {
  const collected = collectFields(run, type, selectionSets);
  const fields = [...collected].flatMap(([key, nodes]) => {
    const plan = planField(run.schema, type, key, nodes);
    return plan === undefined ? [] : [{ plan, complete: planCompletion(plan, plan.definition.type) }];
  });
  return {
    fields,
    hasPrototype: collected.has('__proto__'),
    known: fields.length > 0 && fields.every(({ plan }) => plan.isOfSource) ? new WeakMap() : undefined,
  };
}

/** Answers an object, or a promise of one where a field is one: ExecuteSelectionSet of the GraphQL specification, section 6.3. */
export function executeFields(
  run: Run,
  selection: SelectionPlan,
  source: unknown,
  path: ResponsePath | undefined,
): Answers | Promise<Answers> {
  const { known } = selection;
  if (known === undefined || typeof source !== 'object' || source === null) return executeEach(run, selection, source, path);
  const found = known.get(source);
  if (found !== undefined) return found;
  const { failures } = run.errors;
  const answers = executeEach(run, selection, source, path);
  // What failed is told anew each time.
  if (!isPromise(answers) && run.errors.failures === failures && isConstant(source, selection)) known.set(source, Object.freeze(answers));
  return answers;
}

/** Whether nobody can change what an object's members answer: it has them itself, and they are neither computed nor objects. */
function isConstant(source: object, { fields }: SelectionPlan): boolean {
  return (
    Object.isFrozen(source) &&
    fields.every(({ plan: { definition } }) => {
      if (definition === TypeNameMetaFieldDef) return true;
      const value: unknown = Object.getOwnPropertyDescriptor(source, definition.name)?.value;
      return value === null || ['string', 'number', 'boolean'].includes(typeof value);
    })
  );
}

function executeEach(
  run: Run,
  { fields, hasPrototype }: SelectionPlan,
  source: unknown,
  path: ResponsePath | undefined,
): Answers | Promise<Answers> {
  const answers = (hasPrototype ? Object.create(null) : {}) as Answers;
  let pending: Map<string, Promise<unknown>> | undefined;
  try {
    for (const { plan, complete } of fields) {
      const answer = executeField(run, plan, complete, source, path);
      answers[plan.key] = answer;
      if (isPromise(answer)) (pending ??= new Map()).set(plan.key, answer);
    }
  } catch (error) {
    if (pending === undefined) throw error;
    // Others may fail as well: they are waited for.
    return settle(answers, pending).finally(() => {
      throw error;
    });
  }
  return pending === undefined ? answers : settle(answers, pending);
}

async function settle(answers: Answers, pending: ReadonlyMap<string, Promise<unknown>>): Promise<Answers> {
  const settled = await Promise.all(pending.values());
  for (const [at, key] of [...pending.keys()].entries()) answers[key] = settled[at];
  return answers;
}

function executeField(run: Run, plan: FieldPlan, complete: Complete, source: unknown, prev: ResponsePath | undefined): unknown {
  const path = plan.isPlain ? undefined : pathOf(plan, prev);
  try {
    const result = plan.resolve(run, source, prev, path);
    const completed = isPromise(result)
      ? result.then((resolved) => complete(run, resolved, path!, path!))
      : complete(run, result, path!, path!);
    return isPromise(completed) ? completed.then(undefined, (reason) => failField(run, plan, path, prev, reason)) : completed;
  } catch (reason) {
    return failField(run, plan, path, prev, reason);
  }
}

function failField(run: Run, plan: FieldPlan, path: ResponsePath | undefined, prev: ResponsePath | undefined, reason: unknown): null {
  return failValue(run, plan, plan.definition.type, path ?? pathOf(plan, prev), reason);
}

/** Makes what completes the answers of a field, once for all of them: CompleteValue of the GraphQL specification, section 6.4.3. */
function planCompletion(plan: FieldPlan, type: GraphQLOutputType): Complete {
  if (isNonNullType(type)) {
    const complete = planCompletion(plan, type.ofType);
    return (run, result, path, fieldPath) => {
      const completed = complete(run, result, path, fieldPath);
      if (completed === null) throw new Error(`Cannot return null for non-nullable field ${nameField(plan)}.`);
      return completed;
    };
  }
  const complete = planNullable(plan, type);
  return (run, result, path, fieldPath) => {
    if (result === null || result === undefined) return null;
    if (result instanceof Error) throw result;
    return complete(run, result, path, fieldPath);
  };
}

/** What failed is null, and told; where nothing may be null, whoever it is in fails. */
function failValue(run: Run, { nodes }: FieldPlan, type: GraphQLOutputType, path: ResponsePath, reason: unknown): null {
  const error = locatedError(reason, nodes, responsePathAsArray(path));
  if (isNonNullType(type)) throw error;
  run.errors.add(error, path);
  return null;
}

function isPromise(value: unknown): value is Promise<unknown> {
  // Most values are text, which is told sooner.
  return (typeof value === 'object' || typeof value === 'function') && typeof (value as { then?: unknown } | null)?.then === 'function';
}

function planNullable(plan: FieldPlan, type: GraphQLOutputType): Complete {
  if (isLeafType(type)) return planLeaf(type);
  if (isListType(type)) return planList(plan, type);
  if (isAbstractType(type)) return planAbstract(plan, type);
  return planObject(plan, type as GraphQLObjectType);
}

function planLeaf(type: GraphQLLeafType): Complete {
  const isText = type === GraphQLString || type === GraphQLID;
  return (_run, result) => {
    if (isText && typeof result === 'string') return result;
    const serialized = type.serialize(result);
    if (serialized === null || serialized === undefined)
      throw new Error(
        `Expected \`${inspect(type)}.serialize(${inspect(result)})\` to return non-nullable value, returned: ${inspect(serialized)}`,
      );
    return serialized;
  };
}

function planList(plan: FieldPlan, { ofType: itemType }: GraphQLList<GraphQLOutputType>): Complete {
  const complete = planCompletion(plan, itemType);

  const completeItem = (run: Run, item: unknown, path: ResponsePath, fieldPath: ResponsePath): unknown => {
    try {
      const completed = isPromise(item)
        ? item.then((resolved) => complete(run, resolved, path, fieldPath))
        : complete(run, item, path, fieldPath);
      if (!isPromise(completed)) return completed;
      return completed.then(undefined, (reason: unknown) => failValue(run, plan, itemType, path, reason));
    } catch (reason) {
      return failValue(run, plan, itemType, path, reason);
    }
  };

  return (run, result, path, fieldPath) => {
    if (typeof result !== 'object' || typeof (result as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function')
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameField(plan)}".`);
    const pending: Promise<unknown>[] = [];
    let index = 0;
    try {
      const items: unknown[] = [];
      for (const item of result as Iterable<unknown>) {
        const completed = completeItem(run, item, { prev: path, key: index++, typename: undefined }, fieldPath);
        items.push(completed);
        if (isPromise(completed)) pending.push(completed);
      }
      return pending.length === 0 ? items : Promise.all(items);
    } catch (error) {
      // Nobody waits for them any more, and nobody is to be told of those that fail.
      void Promise.allSettled(pending);
      throw error;
    }
  };
}

function planAbstract(plan: FieldPlan, type: GraphQLAbstractType): Complete {
  const completions = new Map<GraphQLObjectType, Complete>();
  const completeAs = (runtimeType: GraphQLObjectType): Complete => {
    const known = completions.get(runtimeType) ?? planObject(plan, runtimeType);
    completions.set(runtimeType, known);
    return known;
  };
  const resolveType = type.resolveType ?? defaultTypeResolver;
  return (run, result, path, fieldPath) => {
    const complete = (name: unknown) => completeAs(findRuntimeType(run, plan, type, name, result))(run, result, path, fieldPath);
    const name: unknown = resolveType(result, run.contextValue, createInfo(plan, run, fieldPath), type);
    return isPromise(name) ? name.then(complete) : complete(name);
  };
}

function planObject(plan: FieldPlan, type: GraphQLObjectType): Complete {
  let selection: SelectionPlan | undefined;
  const { isTypeOf } = type;
  return (run, result, path, fieldPath) => {
    // Made when it is needed first: where a list is empty, nobody needs what it would be of.
    selection ??= planSelection(
      run,
      type,
      plan.nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    );
    const planned = selection;
    if (isTypeOf === undefined || isTypeOf === null) return executeFields(run, planned, result, path);
    const check = (is: boolean) => {
      if (is) return executeFields(run, planned, result, path);
      throw new GraphQLError(`Expected value of type "${type.name}" but got: ${inspect(result)}.`, { nodes: plan.nodes });
    };
    const is = isTypeOf(result, run.contextValue, createInfo(plan, run, fieldPath));
    return isPromise(is) ? is.then(check) : check(is);
  };
}
