import { expect, test } from '@jest/globals';
import { buildSchema, execute, type GraphQLObjectType, type GraphQLResolveInfo, parse, validate } from 'graphql';
import { requestedMembers } from '../../../src/crm/record/requested-members.ts';

const schema = buildSchema(`
  interface Named { name: String }
  interface Aged { age: Int }
  type Lead implements Named { id: ID name: String age: Int owner: Person tasks(first: Int): TaskConnection }
  type Person implements Named { id: ID name: String }
  type Task { id: ID title: String lead: Lead }
  type TaskConnection { edges: [TaskEdge] nodes: [Task] }
  type TaskEdge { node: Task }
  type LeadConnection { edges: [LeadEdge!]! nodes: [Lead!]! totalCount: Int }
  type LeadEdge { cursor: String node: Lead! }
  union Anything = Lead | Person
  type Query { leads(first: Int): LeadConnection! lead: Lead task: Task named: Named aged: Aged anything: [Anything] }
  type Mutation { updateLead: Lead }
`);

/** The infos that the root fields of one execution get. */
const infos: GraphQLResolveInfo[] = [];
for (const type of [schema.getQueryType(), schema.getMutationType()] as GraphQLObjectType[])
  for (const field of Object.values(type.getFields()))
    field.resolve = (_root, _args, _context, info) => {
      infos.push(info);
      return null;
    };

function execution(text: string, variableValues: Record<string, unknown> = {}, document = parse(text)): GraphQLResolveInfo[] {
  expect(validate(schema, document)).toEqual([]);
  infos.length = 0;
  // Lists that must not be null are: what counts is that they are asked for.
  void execute({ schema, document, variableValues });
  return [...infos];
}
const members = (text: string, variables?: Record<string, unknown>, type = 'Lead') =>
  [...requestedMembers(execution(text, variables)[0]!, type)].sort();

test.each<[string, string, string[]]>([
  ['a single one', '{ lead { id name } }', ['id', 'name']],
  ['nodes and edges', '{ leads { nodes { id } edges { cursor node { name } } } }', ['id', 'name']],
  ['aliases, by what they stand for', '{ lead { a: name b: name age: id } }', ['id', 'name']],
  ['nothing but type names', '{ leads { totalCount nodes { __typename } edges { node { __typename } } } __schema { types { name } } }', []],
  ['nowhere', '{ leads { totalCount } anything { ... on Person { name } } }', []],
  ['members with arguments and selections of their own', '{ lead { tasks(first: 1) { nodes { title } } } }', ['tasks']],
  ['connections within one another', '{ leads { nodes { tasks { edges { node { lead { age } } } } } } }', ['age', 'tasks']],
  [
    'several lists of an operation',
    '{ a: leads { nodes { id } } b: leads { nodes { name } } task { lead { age } } }',
    ['age', 'id', 'name'],
  ],
  ['fragments', '{ lead { ...A } } fragment A on Lead { name ...B } fragment B on Lead { age }', ['age', 'name']],
  ['a fragment used twice', '{ a: lead { ...A } task { lead { ...A id } } } fragment A on Lead { name }', ['id', 'name']],
  ['a fragment beneath the root', '{ ...Q } fragment Q on Query { leads { ...C } } fragment C on LeadConnection { nodes { id } }', ['id']],
  ['inline fragments', '{ lead { ... on Lead { name } ... { age } } }', ['age', 'name']],
  ['interfaces', '{ named { name ... on Lead { id } ... on Person { name } } }', ['id', 'name']],
  ['an interface within', '{ lead { ... on Named { name } } }', ['name']],
  ['unions', '{ anything { ... on Lead { age } ... on Named { name } ... on Person { id } } }', ['age', 'name']],
  ['an interface that it is not of', '{ aged { age } }', []],
  ['what is always there', '{ lead { id @include(if: true) name @skip(if: false) } }', ['id', 'name']],
  ['what is never there', '{ lead { id @include(if: false) name @skip(if: true) age } }', ['age']],
  ['either directive alone', '{ lead { id @include(if: true) @skip(if: true) name @include(if: false) @skip(if: false) age } }', ['age']],
  ['mutations', 'mutation { updateLead { name } }', ['name']],
])('of %s', (_, text, expected) => expect(members(text)).toEqual(expected));

test.each([
  [{ all: true }, ['age', 'id', 'name', 'owner']],
  [{ all: false }, ['id']],
])('of what variables leave out: %j', (variables, expected) => {
  const text = `query ($all: Boolean!) {
    lead { id name @include(if: $all) ... on Lead @include(if: $all) { age } ...Owner @include(if: $all) }
  }
  fragment Owner on Lead { owner { name } }`;
  expect(members(text, variables)).toEqual(expected);
});

test('of one document anew for each request whose variables count, and by their defaults', () => {
  const document = parse('query ($all: Boolean = true) { leads { nodes { id name @skip(if: $all) } } }');
  const read = (variables: Record<string, unknown>) => [...requestedMembers(execution('', variables, document)[0]!, 'Lead')];
  expect([read({}), read({ all: false }), read({ all: true }), read({ all: false })]).toEqual([
    ['id'],
    ['id', 'name'],
    ['id'],
    ['id', 'name'],
  ]);
});

test('of each operation of a document for itself', () => {
  const document = parse('query A { lead { ...L } } query B { lead { id } } fragment L on Lead { name }');
  const read = (operationName: string) => {
    infos.length = 0;
    void execute({ schema, document, operationName });
    return [...requestedMembers(infos[0]!, 'Lead')];
  };
  expect([read('A'), read('B'), read('A')]).toEqual([['name'], ['id'], ['name']]);
});

test.each(['{ a: lead { id } b: lead { name } }', 'query ($yes: Boolean = true) { a: lead { id @include(if: $yes) } b: lead { name } }'])(
  'are the same set for all who ask in one request, and not for another type: %s',
  (text) => {
    const [a, b] = execution(text) as [GraphQLResolveInfo, GraphQLResolveInfo];
    expect(requestedMembers(a, 'Lead')).toBe(requestedMembers(b, 'Lead'));
    expect([...requestedMembers(a, 'Lead')]).toEqual(['id', 'name']);
    expect([...requestedMembers(a, 'Task')]).toEqual([]);
  },
);

test('takes time with the length of a document, not with the ways through it', () => {
  const depth = 60;
  const fragments = Array.from({ length: depth }, (_, n) => `fragment F${n} on Lead { ...F${n + 1} ... { ...F${n + 1} } }`);
  expect(members(`{ lead { ...F0 } } ${fragments.join(' ')} fragment F${depth} on Lead { name }`)).toEqual(['name']);
});
