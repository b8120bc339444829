import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  TypeInfo,
  getArgumentValues,
  getNamedType,
  getVariableValues,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  print,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { GraphqlAnswer } from '../../source/graphql-answer.ts';
import type { RewriteContext } from '../rewrite-result.ts';
import type { FoundCount } from './proof.ts';

type Variables = Readonly<Record<string, unknown>>;

/** An operation, and what to execute it with. */
export interface Execution {
  readonly query: string;
  readonly variables: Variables;
}

/** No alias of a client: it would have to begin so on purpose. */
const COUNT = 'countOf_totalCount';
/** How a connection says how many records there are beyond the page. */
const TOTAL = 'totalCount';
/** How often it is counted again because the data changed meanwhile. */
const ATTEMPTS = 3;

/**
 * How many records are found before and after, wherever a filter is given whose rewrite has a note, on the pages that are not asked
 * for as well. Only where the answer has a `totalCount`; nothing if the server does not answer it.
 */
export async function countFound(
  before: Execution,
  after: Execution,
  { schema, rules }: RewriteContext,
  execute: (execution: Execution) => Promise<GraphqlAnswer>,
): Promise<readonly FoundCount[]> {
  const noted = rules.filter((rule) => rule.kind === 'input' && rule.replacement.note !== undefined);
  const now = noted.map(({ coordinate, replacement }) => coordinate.replace(/[^.]*$/, replacement.field));
  const old = addCounts(before, schema, new Set(noted.map(({ coordinate }) => coordinate)));
  const rewritten = addCounts(after, schema, new Set(now));
  if (old === undefined || rewritten === undefined) return [];
  const count = async (execution: Execution) => readCounts((await execute(execution)).data);

  let counted = await count(old);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [previous, countedNow] = [counted, await count(rewritten)];
    const found = [...previous].flatMap(([at, records]) => {
      const recordsNow = countedNow.get(at);
      return recordsNow === undefined ? [] : [{ at, before: records, after: recordsNow }];
    });
    if (found.every((each) => each.before === each.after)) return found;
    counted = await count(old);
    if (found.every(({ at, before: records }) => counted.get(at) === records)) return found;
  }
  return [];
}

/** The operation with a count beside what each such field answers; undefined where there is none. */
function addCounts({ query, variables }: Execution, schema: GraphQLSchema, members: ReadonlySet<string>): Execution | undefined {
  const document = parse(query);
  const values = readVariables(document, schema, variables);
  const typeInfo = new TypeInfo(schema);
  let added = false;
  const counted = visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field: {
        leave: (node) => {
          const field = typeInfo.getFieldDef();
          if (!field || !node.selectionSet || !hasTotal(field.type) || !filters(field, node)) return undefined;
          added = true;
          return { ...node, selectionSet: { ...node.selectionSet, selections: [...node.selectionSet.selections, COUNT_NODE] } };
        },
      },
    }),
  );
  return added ? { query: print(counted), variables } : undefined;

  function filters(field: GraphQLField<unknown, unknown>, node: FieldNode): boolean {
    let given: Variables;
    try {
      given = getArgumentValues(field, node, { ...values });
    } catch {
      // Only a field that is not executed can have an argument that is none.
      return false;
    }
    return field.args.some(({ name, type }) => holdsMember(type, given[name], members));
  }
}

const COUNT_NODE: FieldNode = {
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: COUNT },
  name: { kind: Kind.NAME, value: TOTAL },
};

function readVariables(document: DocumentNode, schema: GraphQLSchema, variables: Variables): Variables {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  return getVariableValues(schema, operation?.variableDefinitions ?? [], variables).coerced ?? {};
}

function hasTotal(fieldType: GraphQLOutputType): boolean {
  const type = getNamedType(fieldType);
  const total = isObjectType(type) ? type.getFields()[TOTAL] : undefined;
  return total !== undefined && isLeafType(getNamedType(total.type)) && total.args.length === 0;
}

/** Whether one of the members is given, at any depth. Null sets no condition. */
function holdsMember(type: GraphQLInputType, value: unknown, members: ReadonlySet<string>): boolean {
  if (value === null || value === undefined) return false;
  if (isNonNullType(type)) return holdsMember(type.ofType, value, members);
  if (isListType(type)) return (value as unknown[]).some((item) => holdsMember(type.ofType, item, members));
  if (!isInputObjectType(type)) return false;
  return Object.entries(value as Variables).some(([name, member]) => {
    const isMember = members.has(`${type.name}.${name}`) && member !== null && member !== undefined;
    return isMember || holdsMember(type.getFields()[name]!.type, member, members);
  });
}

/** By response keys, list positions left out; those of a list are summed up. */
function readCounts(data: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  collect(data, []);
  return counts;

  function collect(value: unknown, path: readonly string[]): void {
    if (Array.isArray(value)) for (const item of value) collect(item, path);
    else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value))
        if (key !== COUNT) collect(member, [...path, key]);
        else counts.set(path.join('.'), (counts.get(path.join('.')) ?? 0) + Number(member));
  }
}
