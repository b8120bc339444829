import { describe, expect, test } from '@jest/globals';
import { ForbiddenError, NotFoundError } from '../../src/errors.ts';
import { startToyServer } from './toy/toy-server.ts';

const LEAD = { query: '{ lead(id: "1") { name } }' };

describe('a context', () => {
  test('is disposed of once per operation, with how it ended, before the response is sent', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const server = await startToyServer({ dispose: () => held });
    let answered = false;
    const response = server.post(LEAD).finally(() => (answered = true));
    while (server.disposals[0]?.length !== 1) await new Promise(setImmediate);
    expect(answered).toBe(false);
    release();
    expect((await response).status).toBe(200);
    expect(server.disposals).toEqual([['succeeded']]);
    await server.close();
  });

  test.each([
    ['a resolver throws', { query: '{ fail(how: "now") }' }, 200],
    ['the document does not parse', { query: '{' }, 400],
    ['the document is not valid', { query: '{ nothing }' }, 400],
    ['a variable is wrong', { query: 'query ($id: ID!) { lead(id: $id) { name } }' }, 400],
    ['the operation is not found', { query: 'query A { parent { __typename } }', operationName: 'B' }, 400],
    ['there is no query', { query: '' }, 400],
    ['there is nothing', {}, 400],
    ['operations are batched', [LEAD, LEAD], 400],
  ])('is disposed of once, as failed, when %s', async (_what, body, status) => {
    const server = await startToyServer({ resolvers: { 'Query.fail': () => Promise.reject(new Error('no')) } });
    expect((await server.post(body)).status).toBe(status);
    expect(server.disposals).toEqual([['failed']]);
    await server.close();
  });

  test('is disposed of once when the client has gone before the answer, and not before the operation ends', async () => {
    let release = () => {};
    const held = new Promise<string>((resolve) => (release = () => resolve('done')));
    let started = () => {};
    const running = new Promise<void>((resolve) => (started = resolve));
    const server = await startToyServer({
      resolvers: {
        'Query.wait': () => {
          started();
          return held;
        },
      },
    });
    const abort = new AbortController();
    const response = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
      body: JSON.stringify({ query: '{ wait(milliseconds: 1) }' }),
      signal: abort.signal,
    });
    await running;
    abort.abort();
    await expect(response).rejects.toThrow();
    const closed = server.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.disposals).toEqual([[]]);
    release();
    await closed;
    expect(server.disposals).toEqual([['succeeded']]);
    expect(server.log).toEqual([]);
  });

  test('that cannot be disposed of turns the answer into an internal error', async () => {
    const server = await startToyServer({ dispose: () => Promise.reject(new Error('commit failed')) });
    const response = await server.post(LEAD);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'Internal server error',
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: response.headers.get('x-request-id') },
        },
      ],
    });
    expect(JSON.stringify(server.log)).toContain('commit failed');
    await server.close();
  });

  test.each([
    [new NotFoundError('There is no tenant "acme".'), 400, { message: 'There is no tenant "acme".', extensions: { code: 'NOT_FOUND' } }],
    [new ForbiddenError('Not here.', { role: 'x' }), 403, { message: 'Not here.', extensions: { code: 'FORBIDDEN', role: 'x' } }],
    [
      new Error('no route to host db'),
      500,
      { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r1' } },
    ],
  ])('that cannot be made is answered like any other error (%p)', async (error, status, expected) => {
    const server = await startToyServer({ createContext: () => Promise.reject(error) });
    const response = await server.post(LEAD, { 'x-request-id': 'r1' });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ errors: [expected] });
    expect(server.log).toHaveLength(status === 500 ? 1 : 0);
    await server.close();
  });
});
