import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { OperationError } from '../../src/errors.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

const LEAD = { query: '{ lead(id: "1") { name } }' };

describe('a running API', () => {
  let server: ToyServer;
  beforeAll(async () => {
    server = await startToyServer({ graphiql: {} });
  });
  afterAll(() => server.close());

  test('listens on a free port and says which', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
  });

  test('answers with the current version at /graphql', async () => {
    const response = await server.post({ query: '{ lead(id: "1") { industry industryRef { label } } }' });
    expect(response.status).toBe(200);
    await expect(response.json()).resolves.toMatchObject({ data: { lead: { industry: 'tech', industryRef: { label: 'Technology' } } } });
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
            message: 'There is no API version "2025-01"; there are 2026-01, 2026-11, next.',
            extensions: { code: 'NOT_FOUND', versions: ['2026-01', '2026-11', 'next'] },
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
      get(`${server.url}/graphql?query={__typename}`, { headers: { host: '[', 'apollo-require-preflight': '1' } }, resolve).on(
        'error',
        reject,
      ),
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
