import { beforeAll, describe, expect, test } from '@jest/globals';
import { useToyServers } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';
import { createToyUsage } from './toy/toy-usage.ts';

const FIELD = {
  coordinate: 'Lead.industry',
  reason: 'Use `industryRef { key label }`. Removed in 2027-07.',
  replacement: 'industryRef { key label }',
  sunset: '2027-07',
};
/** 2026-11-01T00:00:00Z. */
const SINCE = '@1793491200';
const LINK = '</graphql/2026-11?sdl>; rel="deprecation"; type="text/plain"';
const INDUSTRY = '{ lead(id: "1") { industry } }';

let server: ToyServer;
const startServer = useToyServers();
beforeAll(async () => {
  server = await startServer({
    usage: createToyUsage({}, ['quiet']),
    resolvers: {
      'Query.fail': () => Promise.reject(new Error('no')),
      'Lead.name': (_source, _arguments, context) =>
        (context as { principal: { subject: string } }).principal.subject === 'ada' ? 'Ada' : null,
    },
  });
});

async function ask(body: unknown, { headers, path }: { headers?: Record<string, string>; path?: string } = {}) {
  const response = await server.post(body, headers, path);
  const text = await response.text();
  return {
    status: response.status,
    text,
    body: JSON.parse(text) as { data?: unknown; errors?: unknown[]; extensions?: { deprecations: { coordinate: string }[] } },
    told: Object.fromEntries(['deprecation', 'link', 'sunset'].map((name) => [name, response.headers.get(name)])),
  };
}

describe('whoever uses what is deprecated is told', () => {
  test.each(['/graphql', '/graphql/2026-11'])('in the answer and in its headers, at %s', async (path) => {
    const { body, told } = await ask({ query: INDUSTRY }, { path });
    expect(body).toEqual({ data: { lead: { industry: 'tech' } }, extensions: { deprecations: [FIELD] } });
    expect(told).toEqual({ deprecation: SINCE, link: LINK, sunset: null });
  });

  const operations: readonly (readonly [what: string, body: Record<string, unknown>, coordinates: string[]])[] = [
    ['a field under an alias', { query: '{ lead(id: "1") { kind: industry } }' }, ['Lead.industry']],
    [
      'a field twice, behind fragments',
      { query: '{ lead(id: "1") { ...A ... on Lead { ...A } } } fragment A on Lead { industry }' },
      ['Lead.industry'],
    ],
    ['a field that is skipped', { query: '{ lead(id: "1") { name industry @skip(if: true) } }' }, ['Lead.industry']],
    ['a field behind an interface', { query: '{ node(id: "1") { id ... on Lead { industry } } }' }, ['Lead.industry']],
    ['an argument', { query: '{ lead(id: "1") { id notes(industry: "tech") } }' }, ['Lead.notes(industry:)']],
    [
      'members of variables',
      {
        query: 'query ($filter: LeadFilter, $order: [LeadOrder!]!) { leads(filter: $filter, orderBy: $order) { id } }',
        variables: { filter: { industry: 'tech' }, order: [{ field: 'INDUSTRY' }] },
      },
      ['LeadFilter.industry', 'LeadOrderField.INDUSTRY'],
    ],
    [
      'a mutation’s input',
      { query: 'mutation { updateLead(id: "1", input: { industry: "x" }) { industry } }' },
      ['Lead.industry', 'UpdateLeadInput.industry'],
    ],
    [
      'of several operations, the one that is asked for',
      { query: `query A ${INDUSTRY} query B { lead(id: "1") { notes(industry: "x") } }`, operationName: 'B' },
      ['Lead.notes(industry:)'],
    ],
  ];
  test.each(operations)('of %s', async (_what, operation, coordinates) => {
    const { body, told } = await ask(operation);
    expect(body.errors).toBeUndefined();
    expect(body.extensions!.deprecations.map(({ coordinate }) => coordinate)).toEqual(coordinates);
    expect(told).toMatchObject({ deprecation: SINCE, link: LINK });
  });

  test('also where the operation failed in part, or in whole', async () => {
    const partly = await ask({ query: '{ lead(id: "1") { industry } fail(how: "so") }' });
    expect(partly.status).toBe(200);
    expect(partly.body).toMatchObject({ data: { lead: { industry: 'tech' }, fail: null }, errors: [{ path: ['fail'] }] });
    expect(partly.body.extensions).toEqual({ deprecations: [FIELD] });

    const failing = await startServer({ resolvers: { 'Query.leads': () => Promise.reject(new Error('no')) } });
    const response = await failing.post({ query: '{ leads { industry } }' });
    await expect(response.json()).resolves.toMatchObject({ data: null, extensions: { deprecations: [FIELD] } });
    expect(response.headers.get('deprecation')).toBe(SINCE);
  });

  test('request by request: variables of one say nothing of the next', async () => {
    const query = 'query ($filter: LeadFilter) { leads(filter: $filter) { id } }';
    for (const [filter, deprecations] of [
      [{ industry: 'tech' }, 1],
      [{ name: 'Ada' }, undefined],
      [{ industry: null }, 1],
    ] as const) {
      const { body } = await ask({ query, variables: { filter } });
      expect(body.errors).toBeUndefined();
      expect(body.extensions?.deprecations.length).toBe(deprecations);
    }
  });
});

describe('nobody is told', () => {
  test.each([
    ['of what is not deprecated', { query: '{ lead(id: "1") { name industryRef { key } } }' }],
    ['of what only a default brought in', { query: '{ leads { id } }' }],
    ['by an answer to introspection', { query: '{ __type(name: "Lead") { fields(includeDeprecated: true) { name } } }' }],
  ])('%s', async (_what, operation) => {
    const { body, told } = await ask(operation);
    expect(body.errors).toBeUndefined();
    expect(body).not.toHaveProperty('extensions');
    expect(told).toEqual({ deprecation: null, link: null, sunset: null });
  });

  test.each([
    ['does not validate', { query: '{ lead(id: "1") { industry nothing } }' }, {}],
    ['has a variable of the wrong type', { query: 'query ($id: ID!) { lead(id: $id) { industry } }', variables: { id: [] } }, {}],
    ['is not found', { query: `query A ${INDUSTRY}`, operationName: 'B' }, {}],
    ['has a token that is none', { query: INDUSTRY }, { authorization: 'Bearer none' }],
  ])('where nothing was executed, since the operation %s', async (_why, operation, headers) => {
    const { status, body, told } = await ask(operation, { headers });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toHaveProperty('extensions');
    expect(told).toEqual({ deprecation: null, link: null, sunset: null });
  });

  test('without a token', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: INDUSTRY }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('deprecation')).toBeNull();
    expect(await response.json()).not.toHaveProperty('extensions');
  });

  test('who is a client that is not to be', async () => {
    const { text, told } = await ask({ query: INDUSTRY }, { headers: { 'apollographql-client-name': ' quiet ' } });
    expect(text).toBe('{"data":{"lead":{"industry":"tech"}}}\n');
    expect(told).toEqual({ deprecation: null, link: null, sunset: null });
    const other = await ask({ query: INDUSTRY }, { headers: { 'apollographql-client-name': 'loud' } });
    expect(other.told).toMatchObject({ deprecation: SINCE });
  });
});

test('an answer of 2026-01 has the bytes that it always had', async () => {
  const { text, told } = await ask({ query: INDUSTRY }, { path: '/graphql/2026-01' });
  expect(text).toBe('{"data":{"lead":{"industry":"tech"}}}\n');
  expect(told).toEqual({ deprecation: null, link: null, sunset: null });
});

test('next has nothing that is deprecated', async () => {
  const { body } = await ask({ query: INDUSTRY }, { path: '/graphql/next' });
  expect(body.errors).toMatchObject([{ message: expect.stringContaining('Cannot query field "industry"') }]);
  const { text } = await ask({ query: '{ lead(id: "1") { industryRef { key } } }' }, { path: '/graphql/next' });
  expect(text).toBe('{"data":{"lead":{"industryRef":{"key":"tech"}}}}\n');
});

test('without a recorder every client is told', async () => {
  const plain = await startServer();
  const response = await plain.post({ query: INDUSTRY }, { 'apollographql-client-name': 'quiet' });
  await expect(response.json()).resolves.toHaveProperty('extensions', { deprecations: [FIELD] });
});
