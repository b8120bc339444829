import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { ChoiceUnknownError, LimitExceededError } from '../../src/errors.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

class DriverError extends Error {
  readonly code = '42501';
}

const failures: Readonly<Record<string, () => never>> = {
  application: () => fail(new ChoiceUnknownError('There is no industry "tec".', { allowed: ['tech'], code: 'overridden' })),
  limit: () => fail(new LimitExceededError('At most 500 at once.', { maximum: 500 })),
  plain: () => fail(new Error('password=hunter2', { cause: new DriverError('permission denied for table lead') })),
  several: () => fail(new AggregateError([new Error('first secret'), new Error('second secret')], 'all failed')),
  graphql: () => fail(new GraphQLError('SELECT secret FROM lead', { extensions: { query: 'secret' } })),
  // A library's function that throws what it is given.
  string: () => AbortSignal.abort('a secret string').throwIfAborted() as never,
};

describe('an error', () => {
  let server: ToyServer;
  beforeAll(async () => {
    server = await startToyServer({
      resolvers: {
        'Query.fail': (_source, { how }) => failures[how]!(),
        'Query.echo': () => 'no number, but a secret',
        'Query.node': () => ({ kind: 'Note', id: null, secret: 1 }),
        'Query.search': () => [{ kind: 'Stranger' }],
      },
    });
  });
  afterAll(() => server.close());

  test('of the application goes to the client with message, code and data, and nothing is logged', async () => {
    const logged = server.log.length;
    const response = await server.post({ query: 'query Q { fail(how: "application") }' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'There is no industry "tec".',
          locations: [{ line: 1, column: 11 }],
          path: ['fail'],
          extensions: { code: 'CHOICE_UNKNOWN', allowed: ['tech'] },
        },
      ],
      data: { fail: null },
    });
    expect(server.log).toHaveLength(logged);
  });

  test('of the application leaves the rest of the answer alone', async () => {
    const response = await server.post({ query: '{ a: fail(how: "limit") lead(id: "1") { name } }' });
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ path: ['a'], extensions: { code: 'LIMIT_EXCEEDED', maximum: 500 } }],
      data: { a: null, lead: { name: 'Ada' } },
    });
  });

  test.each([
    ['that a resolver throws', '{ fail(how: "plain") }', ['hunter2', '42501', 'permission denied for table lead', 'DriverError']],
    ['that stands for several', '{ fail(how: "several") }', ['first secret', 'second secret']],
    ['that a resolver throws as a GraphQL error', '{ fail(how: "graphql") }', ['SELECT secret']],
    ['that is no error', '{ fail(how: "string") }', ['a secret string']],
    ['of a value that its scalar refuses', '{ echo }', ['no number, but a secret']],
    ['of a null that may not be', '{ node(id: "1") { id } }', ['Cannot return null']],
    ['of a type that is not in the schema', '{ search(text: "a") { __typename } }', ['Stranger']],
  ])('%s is masked, and logged with request id, operation, path and causes', async (_which, selection, secrets) => {
    const response = await server.post({ query: `query Named ${selection}` });
    const id = response.headers.get('x-request-id');
    const { errors } = (await response.json()) as { errors: unknown[] };
    expect(errors).toEqual([
      {
        message: 'Internal server error',
        locations: expect.any(Array),
        path: expect.any(Array),
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: id },
      },
    ]);
    const entry = server.log.at(-1)!;
    expect(entry).toMatchObject({ level: 'error', requestId: id, operationName: 'Named', path: expect.any(Array) });
    for (const secret of secrets) expect(JSON.stringify(entry)).toContain(secret);
  });

  test.each([
    ['an argument', 'query ($v: Int = 1) { parent { echo(value: $v) } }', /Argument "value" of non-null type "Int!" must not be null/],
    ['a directive', 'query ($v: Boolean = true) { parent { parent @include(if: $v) { __typename } } }', /Argument "if" of non-null type/],
  ])('of a variable that turns out to be null only at %s is the caller’s', async (_where, query, message) => {
    const logged = server.log.length;
    const response = await server.post({ query, variables: { v: null } });
    await expect(response.json()).resolves.toMatchObject({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(server.log).toHaveLength(logged);
  });

  test('of a variable against @oneOf is the caller’s', async () => {
    const response = await server.post({
      query: 'query ($f: LeadFilter) { leads(filter: $f) { id } }',
      variables: { f: { industryRef: { id: '1', key: 'a' } } },
    });
    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('carries no stack trace whatever NODE_ENV says', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'development';
    const other = await startToyServer({ resolvers: { 'Query.fail': () => Promise.reject(new Error('no')) } });
    expect(await (await other.post({ query: '{ fail(how: "") }' })).text()).not.toMatch(/stack|\.ts:/);
    expect(await (await other.post({ query: '{' })).text()).not.toMatch(/stack|\.ts:/);
    await other.close();
    process.env.NODE_ENV = before;
  });

  test('of two requests at once is logged with the id of each', async () => {
    const [one, two] = await Promise.all(
      ['one', 'two'].map((id) => server.post({ query: `query ${id} { fail(how: "plain") }` }, { 'x-request-id': id })),
    );
    for (const [id, response] of [
      ['one', one!],
      ['two', two!],
    ] as const)
      await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { requestId: id } }] });
    const entries = server.log.slice(-2).map(({ requestId, operationName }) => [requestId, operationName]);
    expect(entries.sort()).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
  });
});

function fail(error: Error): never {
  throw error;
}
