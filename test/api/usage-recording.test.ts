import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { useToyServers } from './toy/toy-server.ts';
import type { ToyServer, ToyServerOptions } from './toy/toy-server.ts';
import { createToyUsage } from './toy/toy-usage.ts';

const TENANT = '0190c0de-0000-7000-8000-000000000001';
const LEAD = '{ lead(id: "1") { name } }';
const LEAD_USES = ['ID', 'Lead', 'Lead.name', 'Query', 'Query.lead', 'Query.lead(id:)', 'String'];

const usage = createToyUsage();
const options: ToyServerOptions = {
  usage,
  createContext: (principal) => ({ principal, ...(principal?.tenant && { tenantId: TENANT }) }),
  resolvers: { 'Query.fail': () => Promise.reject(new Error('no')) },
};
let server: ToyServer;
const startServer = useToyServers();
beforeAll(async () => {
  server = await startServer(options);
});
afterEach(() => void usage.uses.splice(0));

describe('an operation that is valid is recorded', () => {
  test('with its version, name, client, tenant and what it used', async () => {
    const query = `query Names ${LEAD}`;
    const headers = { 'apollographql-client-name': 'crm-web', 'apollographql-client-version': '4.2' };
    await server.post({ query }, headers);
    await server.post({ query }, headers, '/graphql/2026-01');
    const use = { operation: 'Names', client: 'crm-web', clientVersion: '4.2', tenantId: TENANT };
    const used = { explicit: expect.arrayContaining(LEAD_USES), defaulted: expect.arrayContaining(['Query.lead(verbose:)']) };
    expect(usage.uses).toEqual([
      { ...use, version: '2026-11', pinned: false, used },
      { ...use, version: '2026-01', pinned: true, used },
    ]);
  });

  test('without a name, by nobody who says who he is', async () => {
    await server.post({ query: LEAD });
    expect(usage.uses).toMatchObject([{ operation: '', client: '', clientVersion: '', tenantId: TENANT }]);
  });

  test('for a platform operator, of no tenant', async () => {
    const plain = await startServer({ ...options, createContext: (principal) => ({ principal }) });
    await plain.post({ query: LEAD });
    expect(usage.uses).toMatchObject([{ tenantId: null }]);
  });

  test('with the variables of its request, and of several operations the one that was asked for', async () => {
    const query = `query A ${LEAD} query B($filter: LeadFilter) { leads(filter: $filter) { id } }`;
    await server.post({ query, operationName: 'B', variables: { filter: { industry: 'tech' } } });
    await server.post({ query, operationName: 'B', variables: { filter: { name: 'Ada' } } });
    expect(usage.uses.map(({ operation }) => operation)).toEqual(['B', 'B']);
    const [first, second] = usage.uses.map(({ used }) => used.explicit);
    expect(first).toContain('LeadFilter.industry');
    expect(first).not.toContain('LeadFilter.name');
    expect(second).toContain('LeadFilter.name');
    expect(second).not.toContain('LeadFilter.industry');
    expect(first).not.toContain('Query.lead');
  });

  test('as pinned on the path of its version, also of the current one', async () => {
    for (const path of ['/graphql', '/graphql/2026-11', '/graphql/next']) await server.post({ query: LEAD }, {}, path);
    expect(usage.uses.map(({ version, pinned }) => [version, pinned])).toEqual([
      ['2026-11', false],
      ['2026-11', true],
      ['next', true],
    ]);
  });

  test.each([
    ['that is missing', {}],
    ['of the wrong type', { id: [], filter: {} }],
    ['with an input field that is unknown', { id: '1', filter: { industry: 'tech', nothing: 1 } }],
  ])('also when it is refused for a variable %s, and nobody is told then', async (_what, variables) => {
    const query = 'query Odd($id: ID!, $filter: LeadFilter) { lead(id: $id) { industry } leads(filter: $filter) { id } }';
    const response = await server.post({ query, variables });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ errors: expect.any(Array) });
    expect(response.headers.get('deprecation')).toBeNull();
    expect(usage.uses).toMatchObject([{ operation: 'Odd', used: { explicit: expect.arrayContaining(['Lead.industry']) } }]);
  });

  test('also when it is a mutation that comes by GET', async () => {
    const query = 'mutation { updateLead(id: "1", input: { industry: "x" }) { industry } }';
    const headers = { authorization: `Bearer ${server.token}`, 'apollo-require-preflight': '1' };
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    expect(response.status).toBe(405);
    await response.text();
    expect(usage.uses).toMatchObject([{ used: { explicit: expect.arrayContaining(['UpdateLeadInput.industry']) } }]);
  });

  test('also when it fails then', async () => {
    await server.post({ query: '{ fail(how: "so") }' });
    expect(usage.uses).toMatchObject([{ used: { explicit: expect.arrayContaining(['Query.fail(how:)']) } }]);
  });

  test('by GET, and as often as it is sent', async () => {
    const headers = { authorization: `Bearer ${server.token}`, 'apollo-require-preflight': '1' };
    for (let sent = 0; sent < 3; sent++) await (await fetch(`${server.url}/graphql?query=${encodeURIComponent(LEAD)}`, { headers })).text();
    expect(usage.uses).toHaveLength(3);
    expect(new Set(usage.uses.map(({ used }) => used)).size).toBe(1);
  });
});

describe('nothing is recorded', () => {
  test.each([
    ['that does not parse', { query: '{' }],
    ['that does not validate', { query: '{ lead(id: "1") { nothing } }' }],
    ['that is not in the document', { query: `query A ${LEAD}`, operationName: 'B' }],
    ['that is not named, of several', { query: `query A ${LEAD} query B ${LEAD}` }],
    ['that asks for the schema', { query: getIntrospectionQuery() }],
    ['that asks for nothing but __typename', { query: '{ ...A } fragment A on Query { __typename ... { __typename } }' }],
  ])('of an operation %s', async (_what, body) => {
    await (await server.post(body)).text();
    expect(usage.uses).toEqual([]);
  });

  test('of an anonymous request', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'apollographql-client-name': 'crm-web' },
      body: JSON.stringify({ query: LEAD }),
    });
    expect(response.status).toBe(401);
    expect(usage.uses).toEqual([]);
  });
});

describe('a client is', () => {
  const clients: readonly (readonly [what: string, headers: Record<string, string>, client: string, version: string])[] = [
    ['named by Apollo’s headers', { 'apollographql-client-name': 'web', 'apollographql-client-version': '1' }, 'web', '1'],
    ['named by the other headers', { 'x-graphql-client-name': 'app', 'x-graphql-client-version': '2' }, 'app', '2'],
    [
      'named by Apollo’s headers first, with their version alone',
      { 'apollographql-client-name': 'web', 'x-graphql-client-name': 'app', 'x-graphql-client-version': '2' },
      'web',
      '',
    ],
    [
      'named by the other headers where Apollo’s are of no use',
      { 'apollographql-client-name': 'x'.repeat(101), 'x-graphql-client-name': 'app', 'x-graphql-client-version': '2' },
      'app',
      '2',
    ],
    ['known without the spaces around its name', { 'x-graphql-client-name': ' app\t', 'x-graphql-client-version': ' 2 ' }, 'app', '2'],
    ['known up to 100 characters', { 'x-graphql-client-name': 'x'.repeat(100) }, 'x'.repeat(100), ''],
    ['unknown with control characters in its name', { 'x-graphql-client-name': 'a\u0085b', 'x-graphql-client-version': '2' }, '', ''],
    ['unknown by a version alone', { 'x-graphql-client-version': '2' }, '', ''],
  ];
  test.each(clients)('%s', async (_what, headers, client, clientVersion) => {
    await (await server.post({ query: LEAD }, headers)).text();
    expect(usage.uses).toMatchObject([{ client, clientVersion }]);
  });
});

test('a recorder that throws harms no answer, and is logged', async () => {
  const failing = await startServer({
    usage: {
      ...createToyUsage(),
      record: () => {
        throw new Error('no room');
      },
    },
  });
  const response = await failing.post({ query: '{ lead(id: "1") { industry } }' }, { 'x-request-id': 'r1' });
  expect(response.status).toBe(200);
  await expect(response.json()).resolves.toMatchObject({ data: { lead: { industry: 'tech' } }, extensions: { deprecations: [{}] } });
  expect(failing.log).toEqual([
    expect.objectContaining({
      level: 'error',
      message: 'What an operation used cannot be followed',
      requestId: 'r1',
      error: expect.objectContaining({ message: 'no room' }),
    }),
  ]);
  expect(failing.disposals).toEqual([['succeeded']]);
});

test('an operation of which it fails to find out what it used is lost, and logged', async () => {
  const lossy = createToyUsage();
  const spoil = (request: object) =>
    void Object.defineProperty(request, 'http', {
      get: () => {
        throw new Error('no headers');
      },
    });
  const failing = await startServer({
    ...options,
    usage: lossy,
    plugins: [
      { requestDidStart: async ({ request }) => ({ executionDidStart: async () => ({ executionDidEnd: async () => spoil(request) }) }) },
    ],
  });
  const response = await failing.post({ query: LEAD });
  expect(await response.json()).toMatchObject({ data: { lead: {} } });
  expect([lossy.uses, lossy.countLost()]).toEqual([[], 1]);
  expect(failing.log).toMatchObject([{ message: 'What an operation used cannot be followed', error: { message: 'no headers' } }]);
});

test('nobody waits for a recorder that takes long', async () => {
  let recorded = 0;
  const endless = () => {
    recorded += 1;
    return new Promise(() => {}) as unknown as void;
  };
  const slow = await startServer({ usage: { ...createToyUsage(), record: endless } });
  expect((await slow.post({ query: LEAD })).status).toBe(200);
  expect(recorded).toBe(1);
});

test('a recorder that cannot say who is told harms no answer', async () => {
  const failing = await startServer({
    usage: {
      ...createToyUsage(),
      tellsDeprecations: () => {
        throw new Error('no list');
      },
    },
  });
  const response = await failing.post({ query: '{ lead(id: "1") { industry } }' });
  expect(await response.json()).toEqual({ data: { lead: { industry: 'tech' } } });
});
