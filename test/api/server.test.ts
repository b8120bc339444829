import { once } from 'node:events';
import { Agent, get, request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { ForbiddenError, NotFoundError, OperationError } from '../../src/errors.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

const LEAD = { query: '{ lead(id: "1") { name } }' };

describe('a running API', () => {
  let server: ToyServer;
  beforeAll(async () => {
    server = await startToyServer({ graphiql: { endpoint: '/graphql' } });
  });
  afterAll(() => server.close());

  test('listens on a free port and says which', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
  });

  test('answers with the current version at /graphql', async () => {
    const response = await server.post({ query: '{ lead(id: "1") { industry industryRef { label } } }' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { lead: { industry: 'tech', industryRef: { label: 'Technology' } } } });
  });

  test('answers with each version at its own path, and tells the context which', async () => {
    const query = '{ lead(id: "1") { industryRef { label } } }';
    const newer = await server.post({ query }, {}, '/graphql/2026-11');
    expect(newer.status).toBe(200);
    const older = await server.post({ query }, {}, '/graphql/2026-01');
    expect(older.status).toBe(400);
    await expect(older.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });

    const legacy = await server.post({ query: '{ lead(id: "1") { industry } }' }, {}, '/graphql/2026-01');
    expect(await legacy.json()).toEqual({ data: { lead: { industry: 'tech' } } });
    expect(server.requests.at(-1)).toMatchObject({ version: '2026-01' });
  });

  test('answers an unknown version with those there are', async () => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${server.url}/graphql/2025-01`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({
        errors: [
          {
            message: 'There is no API version "2025-01"; there are 2026-01, 2026-11.',
            extensions: { code: 'NOT_FOUND', versions: ['2026-01', '2026-11'] },
          },
        ],
      });
    }
  });

  test('answers an unknown path as JSON', async () => {
    const response = await fetch(`${server.url}/nothing`);
    expect(response.status).toBe(404);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  test('answers under a trailing slash too', async () => {
    expect((await server.post(LEAD, {}, '/graphql/2026-11/')).status).toBe(200);
  });

  test('answers whatever Host the request names', async () => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(`${server.url}/graphql?query={__typename}`, { headers: { host: '[', 'apollo-require-preflight': '1' } }, resolve).on('error', reject),
    );
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  test('hands its schema to everybody, by the introspection query that tools send', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, schemaDescription: true, specifiedByUrl: true });
    const response = await server.post({ query }, { authorization: '' });
    expect(response.status).toBe(401);

    const anonymous = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(anonymous.status).toBe(200);
    await expect(anonymous.json()).resolves.toMatchObject({ data: { __schema: { queryType: { name: 'Query' } } } });
  });

  test('answers a query by GET from a client that shows it is no form', async () => {
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(LEAD.query)}`, {
      headers: { authorization: `Bearer ${server.token}`, 'apollo-require-preflight': '1' },
    });
    expect(await response.json()).toEqual({ data: { lead: { name: 'Ada' } } });
  });

  test('gives a browser the Apollo Sandbox', async () => {
    for (const path of ['/graphql', '/graphql/2026-01']) {
      const response = await fetch(`${server.url}${path}`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch('text/html');
      expect(await response.text()).toContain('EmbeddedSandbox');
    }
  });

  describe('gives every response an id:', () => {
    const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
    test.each(['/graphql', '/graphql/2025-01', '/nothing', '/healthz', '/readyz', '/graphiql', '/%'])('%s', async (path) => {
      expect((await fetch(`${server.url}${path}`)).headers.get('x-request-id')).toMatch(ID);
    });
    test("the client's own, if it is a good one", async () => {
      const response = await server.post(LEAD, { 'x-request-id': 'web-42:a/b' });
      expect(response.headers.get('x-request-id')).toBe('web-42:a/b');
      expect(server.requests.at(-1)).toMatchObject({ id: 'web-42:a/b' });
    });
    test.each(['has spaces', '<script>', 'x'.repeat(129)])('a new one instead of %p', async (id) => {
      expect((await server.post(LEAD, { 'x-request-id': id })).headers.get('x-request-id')).toMatch(ID);
    });
  });

  test('allows nobody to keep an answer', async () => {
    expect((await server.post(LEAD)).headers.get('cache-control')).toBe('no-store');
  });

  test('is up and ready', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe('readiness', () => {
  test.each([
    ['false', async () => false, 'not ready yet'],
    ['a reason', async () => 'the database is away', 'the database is away'],
    ['an error', () => Promise.reject(new Error('secret host name')), 'the readiness check failed'],
  ])('is denied with 503 when the check answers %s', async (_answer, isReady, reason) => {
    const server = await startToyServer({ isReady });
    try {
      const response = await fetch(`${server.url}/readyz`);
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: 'not ready', reason });
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});

describe('listening', () => {
  test('on an address that is taken fails with what to do', async () => {
    const server = await startToyServer();
    const port = Number(new URL(server.url).port);
    const second = startToyServer({ port });
    await expect(second).rejects.toThrow(OperationError);
    await expect(second).rejects.toThrow(/something else listens there; set PORT/);
    await server.close();
  });
});

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
  });

  test('that cannot be disposed of turns the answer into an internal error', async () => {
    const server = await startToyServer({ dispose: () => Promise.reject(new Error('commit failed')) });
    const response = await server.post(LEAD);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      errors: [
        { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: response.headers.get('x-request-id') } },
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

describe('closing', () => {
  test('lets a running request finish, takes no new one, and then is quick although clients keep their connections', async () => {
    let release = () => {};
    const held = new Promise<string>((resolve) => (release = () => resolve('done')));
    const server = await startToyServer({ resolvers: { 'Query.wait': () => held } });
    const agent = new Agent({ keepAlive: true });
    const running = send(server, agent, '{ wait(milliseconds: 1) }');
    while (server.disposals.length === 0) await new Promise(setImmediate);

    const closed = server.close();
    const late = await fetch(`${server.url}/healthz`).then(
      ({ status }) => status,
      () => 'refused',
    );
    expect(['refused', 503]).toContain(late);
    const released = performance.now();
    release();
    expect(await read(running)).toContain('done');
    await closed;
    expect(performance.now() - released).toBeLessThan(2_000);
    expect(server.disposals).toEqual([['succeeded']]);
    agent.destroy();
  });

  test('ends the connection of a request that does not finish in time', async () => {
    const server = await startToyServer({ resolvers: { 'Query.wait': () => new Promise(() => {}) }, drainMilliseconds: 50 });
    const running = send(server, new Agent(), '{ wait(milliseconds: 1) }');
    const answer = expect(read(running)).rejects.toThrow(/hang up|ECONNRESET/);
    while (server.disposals.length === 0) await new Promise(setImmediate);
    await server.close();
    await answer;
  });

  test('twice is no mistake', async () => {
    const server = await startToyServer();
    await server.close();
    await server.close();
  });
});

function send(server: ToyServer, agent: Agent, query: string): ClientRequest {
  const sent = request(`${server.url}/graphql`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
  });
  sent.end(JSON.stringify({ query }));
  return sent;
}

async function read(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}
