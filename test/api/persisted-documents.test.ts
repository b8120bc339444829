import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { useToyServers } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';
import { createToyUsage } from './toy/toy-usage.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const LEAD = 'query Lead($id: ID!) { lead(id: $id) { name } }';
const OLD = 'query Old { lead(id: "1") { industry } }';
const CHANGE = 'mutation Change { updateLead(id: "1", input: { name: "Eve" }) { name } }';
const BARE = hash(LEAD);
const PREFIXED = `sha256:${hash(OLD)}`;
const variables = { id: '1' };

const usage = createToyUsage({
  [BARE]: LEAD,
  [PREFIXED]: OLD,
  'lead.v1': LEAD,
  change: CHANGE,
  schema: '{ __typename }',
  deep: `{ ${'parent { '.repeat(15)} echo ${'} '.repeat(15)} }`,
  broken: '{',
});
let server: ToyServer;
const startServer = useToyServers();
beforeAll(async () => {
  server = await startServer({ usage });
});
afterEach(() => {
  usage.uses.splice(0);
  usage.sought.splice(0);
});

const persisted = (sha256Hash: unknown, version: unknown = 1) => ({ persistedQuery: { version, sha256Hash } });

function get(parameters: Record<string, string>, headers: Record<string, string> = { authorization: `Bearer ${server.token}` }) {
  return fetch(`${server.url}/graphql?${new URLSearchParams(parameters)}`, { headers: { 'apollo-require-preflight': '1', ...headers } });
}

async function read(response: Response) {
  const body = (await response.json()) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] };
  return { status: response.status, data: body.data, code: body.errors?.[0]!.extensions.code, message: body.errors?.[0]!.message };
}

describe('a registered document is executed', () => {
  const named: readonly (readonly [what: string, body: Record<string, unknown>])[] = [
    ['by its id', { documentId: 'lead.v1' }],
    ['by its hash', { documentId: BARE }],
    ['by its hash with the algorithm', { documentId: `sha256:${BARE}` }],
    ['the way of Apollo', { extensions: persisted(BARE) }],
    ['by both ways, if they agree', { documentId: BARE, extensions: persisted(BARE) }],
    ['with its text', { documentId: 'lead.v1', query: LEAD }],
    ['with an empty text, which is none', { documentId: 'lead.v1', query: '' }],
    ['with other extensions', { documentId: BARE, extensions: { other: 1 } }],
  ];
  test.each(named)('%s', async (_what, body) => {
    const posted = await read(await server.post({ ...body, variables }));
    expect(posted).toEqual({ status: 200, data: { lead: { name: 'Ada' } }, code: undefined, message: undefined });

    const strings = Object.entries({ ...body, variables }).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    expect(await read(await get(Object.fromEntries(strings) as Record<string, string>))).toEqual(posted);
    expect(usage.uses).toMatchObject([{ operation: 'Lead' }, { operation: 'Lead' }]);
  });

  test('by a hash that was registered with the algorithm, whichever way it is sent; deprecations are told', async () => {
    for (const documentId of [PREFIXED, hash(OLD)]) {
      const response = await server.post({ documentId });
      expect(response.headers.get('deprecation')).toBe('@1793491200');
      expect(await read(response)).toMatchObject({ status: 200, data: { lead: { industry: 'tech' } } });
    }
    expect(usage.uses).toMatchObject([{ operation: 'Old' }, { operation: 'Old' }]);
    expect(usage.uses[0]!.used.explicit).toContain('Lead.industry');
  });

  test('at each version as that version has it', async () => {
    expect(await read(await server.post({ documentId: PREFIXED }, {}, '/graphql/next'))).toMatchObject({
      status: 400,
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    expect(await (await server.post({ documentId: PREFIXED }, {}, '/graphql/2026-01')).text()).toBe(
      '{"data":{"lead":{"industry":"tech"}}}\n',
    );
  });

  test('a mutation by POST only', async () => {
    expect(await read(await server.post({ documentId: 'change' }))).toMatchObject({ data: { updateLead: { name: 'Eve' } } });
    expect(await read(await get({ documentId: 'change' }))).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
  });
});

describe('a document that nobody registered', () => {
  test('is not found, by the name that clients know', async () => {
    const unknown = { data: undefined, code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' };
    expect(await read(await server.post({ documentId: 'nobody’s' }))).toEqual({ status: 400, ...unknown });
    expect(await read(await get({ documentId: 'other' }))).toEqual({ status: 400, ...unknown });
    // Apollo's clients read no answer but this one.
    expect(await read(await server.post({ extensions: persisted(hash('{ echo }')) }))).toEqual({ status: 200, ...unknown });
    expect(await read(await get({ extensions: JSON.stringify(persisted(hash('{ echo }'))) }))).toEqual({ status: 200, ...unknown });
    expect(usage.uses).toEqual([]);
  });

  test('is not looked for again by a client that registers nothing by hash: it is told to send texts', async () => {
    const unregistered = await startServer({ usage: createToyUsage({ 'lead.v1': LEAD }) });
    const unsupported = { data: undefined, code: 'PERSISTED_QUERY_NOT_SUPPORTED', message: 'PersistedQueryNotSupported' };
    const posted = await unregistered.post({ extensions: persisted(hash('{ echo }')) });
    expect(posted.headers.get('cache-control')).toBe('private, no-cache, must-revalidate');
    expect(await read(posted)).toEqual({ status: 200, ...unsupported });
    expect(await read(await unregistered.post({ documentId: hash('{ echo }') }))).toMatchObject({
      status: 400,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    });
  });

  test('is executed when its text is sent with its hash, and not registered by that', async () => {
    const query = '{ echo }';
    for (const body of [
      { query, extensions: persisted(hash(query)) },
      { query, documentId: `sha256:${hash(query)}` },
    ])
      expect(await read(await server.post(body))).toMatchObject({ status: 200, data: { echo: 1 } });
    expect(usage.sought).toEqual([]);
    expect(await read(await server.post({ extensions: persisted(hash(query)) }))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });
});

describe('refused is', () => {
  const bad: readonly (readonly [what: string, body: Record<string, unknown>, message: string])[] = [
    ['an id with the text of another document', { documentId: BARE, query: '{ echo }' }, 'names another one by its id'],
    ['an unknown id with a text', { documentId: 'nobody’s', query: '{ echo }' }, 'names another one by its id'],
    ['a hash with the text of another document', { query: '{ echo }', extensions: persisted(BARE) }, 'names another one by its id'],
    ['two ids', { documentId: 'lead.v1', extensions: persisted(BARE) }, 'name two documents'],
    ['an id that is no text', { documentId: 7 }, 'Expected `documentId` to be the id of a document'],
    ['an empty id', { documentId: '' }, 'Expected `documentId` to be the id of a document'],
    ['another version of Apollo’s way', { extensions: persisted(BARE, 2) }, 'Expected `extensions.persistedQuery` to be'],
    ['a hash that is no text', { extensions: persisted([BARE]) }, 'Expected `extensions.persistedQuery` to be'],
    ['a query that is no text', { documentId: BARE, query: 7 }, 'must be strings'],
    ['extensions that are no object', { documentId: BARE, extensions: 'x' }, '`extensions` in a POST body'],
  ];
  test.each(bad)('%s', async (_what, body, message) => {
    expect(await read(await server.post({ ...body, variables }))).toEqual({
      status: 400,
      data: undefined,
      code: 'BAD_REQUEST',
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ['an id twice', 'documentId=change&documentId=lead.v1', '`documentId`'],
    ['two texts', `documentId=lead.v1&query={a}&query={b}`, "'query'"],
    ['extensions that are no JSON', 'documentId=lead.v1&extensions=x', 'extensions search parameter'],
  ])('%s, by GET', async (_what, search, message) => {
    const response = await fetch(`${server.url}/graphql?${search}`, {
      headers: { authorization: `Bearer ${server.token}`, 'apollo-require-preflight': '1' },
    });
    expect(await read(response)).toMatchObject({ status: 400, code: 'BAD_REQUEST', message: expect.stringContaining(message) });
  });

  test('an anonymous request, before any document is looked for, also one for the schema', async () => {
    for (const documentId of ['schema', 'lead.v1', 'nobody’s'])
      for (const response of [
        await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ documentId }),
        }),
        await get({ documentId }, {}),
      ]) {
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await read(response)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      }
    expect(usage.sought).toEqual([]);
  });

  test('a form of another site', async () => {
    const response = await fetch(`${server.url}/graphql?documentId=schema`, { headers: { authorization: `Bearer ${server.token}` } });
    expect(await read(response)).toMatchObject({ status: 400, message: expect.stringContaining('CSRF') });
    expect(usage.sought).toEqual([]);
  });

  test('an id of several documents, where it is not said whose is meant', async () => {
    const ambiguous = { ...createToyUsage(), findDocument: async () => ({ kind: 'ambiguous' }) as const };
    const strict = await startServer({ usage: ambiguous });
    expect(await read(await strict.post({ documentId: '1' }))).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
      message:
        'Several documents have the id "1": say whose is meant by the headers apollographql-client-name and apollographql-client-version',
    });
    expect(await read(await strict.post({ documentId: '1', query: LEAD }))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('what no document may be', async () => {
    expect(await read(await server.post({ documentId: 'deep' }))).toMatchObject({ status: 400, code: 'LIMIT_EXCEEDED' });
    expect(await read(await server.post({ documentId: 'broken' }))).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
  });
});

test('documents that cannot be looked up are an internal error', async () => {
  const failing = await startServer({ usage: { ...createToyUsage(), findDocument: () => Promise.reject(new Error('database away')) } });
  const response = await failing.post({ documentId: 'lead.v1' });
  expect(await read(response)).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error' });
  expect(JSON.stringify(failing.log)).toContain('database away');
});

test('without a recorder there are no registered documents', async () => {
  const plain = await startServer();
  expect(await read(await plain.post({ documentId: 'lead.v1' }))).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  expect(await read(await plain.post({ extensions: persisted(BARE) }))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_SUPPORTED' });
});
