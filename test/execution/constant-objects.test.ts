import { beforeEach, expect, test } from '@jest/globals';
import { buildSchema, type DocumentNode, type GraphQLObjectType, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { executors } from '../../src/execution/executors.ts';
import type { Executor } from '../../src/execution/executor.ts';

let source: unknown;
let sides: readonly Executor[];
/** How often a value of the scalar was written out, by both. */
let serialized: number;

beforeEach(() => {
  serialized = 0;
  sides = [executors.compiled, executors.interpreted].map((create) => {
    const schema = buildSchema(
      'scalar Odd type Query { leaf: Leaf leaves: [Leaf] } type Leaf { id: ID! name: String odd: Odd size: Int toString: String leaf: Leaf }',
    );
    const fields = (schema.getType('Query') as GraphQLObjectType).getFields();
    fields.leaf!.resolve = () => source;
    fields.leaves!.resolve = () => [source, source];
    Object.assign(schema.getType('Odd')!, {
      serialize: (value: unknown) => {
        serialized += 1;
        return value;
      },
    });
    return create(schema);
  });
});

const documents = new Map<string, DocumentNode>();
/** What both answer, the same operation by the same document. */
async function answer(text: string) {
  const document = documents.get(text) ?? parse(text);
  documents.set(text, document);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  )!;
  const told = [];
  for (const execute of sides) {
    const { data, errors } = await execute({ document, operation, operationName: undefined, contextValue: {}, variableValues: {} });
    told.push(JSON.stringify({ data, errors }));
  }
  return told;
}

async function expectSame(text: string): Promise<string> {
  const [compiled, interpreted] = await answer(text);
  expect(compiled).toBe(interpreted);
  return compiled!;
}

test('of an object that nobody can change is answered once, in one request and in those after it', async () => {
  source = Object.freeze({ id: '1', name: null, odd: 'odd' });
  for (let n = 0; n < 3; n++) await expectSame('{ leaves { __typename id name odd } }');
  // Six times by graphql-js.
  expect(serialized).toBe(7);
});

test('aliases and selections of their own are answered of their own', async () => {
  source = Object.freeze({ id: '1', name: 'one', odd: 'odd' });
  for (const text of ['{ leaf { id } }', '{ leaf { a: id b: name } }', '{ leaves { name id } leaf { id name } }', '{ leaf { id } }'])
    await expectSame(text);
});

test.each<[string, () => unknown, string]>([
  ['can be changed', () => ({ id: '1', name: 'one' }), '{ leaf { id name } }'],
  [
    'has a getter',
    () =>
      Object.freeze({
        id: '1',
        get name() {
          return String((serialized += 1));
        },
      }),
    '{ leaf { id name } }',
  ],
  ['has a method', () => Object.freeze({ id: '1', name: () => String((serialized += 1)) }), '{ leaf { id name } }'],
  ['inherits a member', () => Object.freeze(Object.create({ id: '1', name: 'one' })), '{ leaf { id name } }'],
  ['has what every object has', () => Object.freeze({ id: '1' }), '{ leaf { id toString } }'],
  ['has members that are objects', () => Object.freeze({ id: '1', odd: { n: 1 } }), '{ leaf { id odd } }'],
  ['has other objects', () => Object.freeze({ id: '1', leaf: Object.freeze({ id: '2' }) }), '{ leaf { id leaf { id } } }'],
])('an object that %s is answered anew', async (_what, create, text) => {
  source = create();
  await expectSame(text).catch(() => undefined);
  const object = source as Record<string, unknown>;
  if (!Object.isFrozen(object)) object.name = 'two';
  const prototype = Object.getPrototypeOf(object) as Record<string, unknown>;
  if (prototype !== Object.prototype) prototype.name = 'two';
  if (typeof object.odd === 'object') (object.odd as { n: number }).n = 2;
  const [compiled, interpreted] = await answer(text);
  // A counter tells each from all before it.
  expect(compiled!.replace(/\d+/g, '')).toBe(interpreted!.replace(/\d+/g, ''));
  if (serialized > 0 && typeof object.odd !== 'object') expect(compiled).not.toBe(interpreted);
  else expect(compiled).toBe(interpreted);
});

test.each(['{ leaves { id size } }', '{ leaf { size } again: leaf { size } }'])('what fails is told each time: %s', async (text) => {
  source = Object.freeze({ id: '1', size: 2 ** 40 });
  const told = await expectSame(text);
  expect(told.match(/Int cannot represent/g)).toHaveLength(2);
  expect(await expectSame(text)).toBe(told);
});
