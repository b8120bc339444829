import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { issueToken } from '../../src/tenancy/issue-token.ts';
import { startToyServer, toySecret } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

const LEAD = '{ lead(id: "1") { name } }';
const nested = (levels: number) => `{ ${'parent { '.repeat(levels - 1)} echo ${'} '.repeat(levels - 1)} }`;
/** Each of 13 fragments spreads the next one ten times under aliases: few lines, 10^13 fields. */
const fragmentBomb = `{ ...F0 } ${Array.from({ length: 13 }, (_, i) => `fragment F${i} on Query { ${spreadTenTimes(i + 1)} }`).join(' ')} fragment F13 on Query { echo }`;

describe('a bad request is refused before anything executes:', () => {
  let server: ToyServer;
  let executed = 0;
  beforeAll(async () => {
    server = await startToyServer({
      resolvers: {
        'Query.lead': () => {
          executed += 1;
          return null;
        },
        'Query.echo': () => {
          executed += 1;
          return 1;
        },
      },
    });
  });
  afterAll(async () => {
    await server.close();
    expect(executed).toBe(0);
  });

  const bodies: readonly (readonly [what: string, body: unknown, status: number, code: string, message: string | RegExp])[] = [
    ['JSON that is none', '{"query": ', 400, 'BAD_REQUEST', /JSON/],
    ['an empty body', '', 400, 'BAD_REQUEST', /empty/],
    ['JSON that is no object', '"query"', 400, 'BAD_REQUEST', /POST body missing/],
    ['JSON that would change prototypes', '{"query": "{ echo }", "__proto__": {"a": 1}}', 400, 'BAD_REQUEST', /not valid JSON/],
    ['no query', { variables: {} }, 400, 'BAD_REQUEST', /non-empty `query`/],
    ['a query that is no string', { query: 7 }, 400, 'BAD_REQUEST', /must be strings/],
    ['variables that are no object', { query: LEAD, variables: [1] }, 400, 'BAD_REQUEST', /`variables`/],
    ['a batch of operations', [{ query: LEAD }], 400, 'BAD_REQUEST', /batching disabled/],
    ['a body of more than 1 MiB', { query: LEAD, x: 'x'.repeat(1024 * 1024) }, 413, 'LIMIT_EXCEEDED', /larger than 1048576 bytes/],
    ['GraphQL that is none', { query: '{ lead(' }, 400, 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    ['an unknown field', { query: '{ leadd { name } }' }, 400, 'GRAPHQL_VALIDATION_FAILED', /Did you mean "lead"/],
    ['an argument of the wrong type', { query: '{ echo(value: "a") }' }, 400, 'GRAPHQL_VALIDATION_FAILED', /Int cannot represent/],
    ['an operation that is not there', { query: `query A ${LEAD}`, operationName: 'B' }, 400, 'OPERATION_RESOLUTION_FAILURE', /"B"/],
    [
      'a variable of the wrong type',
      { query: 'query ($v: Int!) { echo(value: $v) }', variables: { v: 'a' } },
      400,
      'BAD_USER_INPUT',
      'Variable "$v" got invalid value "a"; Int cannot represent non-integer value: "a"',
    ],
    [
      'a variable that is missing',
      { query: 'query ($v: Int!) { echo(value: $v) }' },
      400,
      'BAD_USER_INPUT',
      /"\$v" of required type "Int!"/,
    ],
    [
      'a query of 16 levels',
      { query: nested(16) },
      400,
      'LIMIT_EXCEEDED',
      'The query nests fields 16 levels deep; at most 15 are allowed.',
    ],
    [
      '2001 aliases',
      { query: `query Bomb { ${Array.from({ length: 2001 }, (_, i) => `a${i}: echo`).join(' ')} }` },
      400,
      'LIMIT_EXCEEDED',
      'The query "Bomb" selects 2001 fields once its fragments are expanded; at most 2000 are allowed.',
    ],
    [
      'a fragment bomb',
      { query: fragmentBomb },
      400,
      'LIMIT_EXCEEDED',
      'The query selects 21111111111110 fields once its fragments are expanded; at most 2000 are allowed.',
    ],
    [
      'a fragment that contains itself',
      { query: '{ ...A } fragment A on Query { parent { ...A } }' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /Cannot spread fragment "A" within itself/,
    ],
    [
      'fragments that contain each other',
      { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /via "B"/,
    ],
    ['a fragment that is not there', { query: '{ ...A }' }, 400, 'GRAPHQL_VALIDATION_FAILED', /Unknown fragment "A"/],
    [
      'more than 10,000 tokens',
      { query: `{ ${'echo '.repeat(10_001)} }` },
      400,
      'LIMIT_EXCEEDED',
      'The document has more than 10000 tokens.',
    ],
    ['brackets without end', { query: `{ leads(filter: ${'['.repeat(9_000)}` }, 400, 'LIMIT_EXCEEDED', /nested too deeply/],
    [
      'introspection in circles',
      { query: '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }' },
      400,
      'GRAPHQL_VALIDATION_FAILED',
      /Maximum introspection depth/,
    ],
  ];
  test.each(bodies)('%s', async (_what, body, status, code, message) => {
    const response = await server.post(body);
    expect(response.status).toBe(status);
    const { errors, data } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[]; data?: unknown };
    expect(data).toBeUndefined();
    expect(errors[0]!.extensions.code).toBe(code);
    if (typeof message === 'string') expect(errors[0]!.message).toBe(message);
    else expect(errors[0]!.message).toMatch(message);
    expect(JSON.stringify(errors)).not.toMatch(/stacktrace|node_modules/);
  });

  const headers: readonly (readonly [what: string, headers: Record<string, string>, status: number, code: string, message: RegExp])[] = [
    [
      'a form of another site (urlencoded)',
      { 'content-type': 'application/x-www-form-urlencoded' },
      400,
      'BAD_REQUEST',
      /Cross-Site Request Forgery/,
    ],
    ['a form of another site (plain text)', { 'content-type': 'text/plain' }, 400, 'BAD_REQUEST', /Cross-Site Request Forgery/],
    [
      'a form of another site (multipart)',
      { 'content-type': 'multipart/form-data; boundary=x' },
      400,
      'BAD_REQUEST',
      /Cross-Site Request Forgery/,
    ],
    ['a body that is not declared as JSON', { 'content-type': 'application/xml' }, 400, 'BAD_REQUEST', /invalid Content-Type/],
    ['an answer that no one can give', { accept: 'image/png' }, 406, 'BAD_REQUEST', /accept/],
  ];
  test.each(headers)('%s', async (_what, more, status, code, message) => {
    const response = await server.post({ query: '{ __typename }' }, more);
    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code } }]);
  });

  test('a mutation by GET', async () => {
    const query = encodeURIComponent('mutation { reorderChoices(type: INDUSTRY) }');
    const response = await fetch(`${server.url}/graphql?query=${query}`, {
      headers: { authorization: `Bearer ${server.token}`, 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('a query by GET without a header that a form cannot send', async () => {
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(LEAD)}`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ message: expect.stringContaining('CSRF') }] });
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s', async (method) => {
    const response = await fetch(`${server.url}/graphql`, { method, headers: { 'apollo-require-preflight': '1' } });
    expect(response.status).toBe(405);
  });

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const claims = { tenant: 'acme', roles: ['reader'] };
  const sign = (secret: string, payload: Record<string, unknown>, expiry: string | number | null = '5m') => {
    const token = new SignJWT(payload).setProtectedHeader({ alg: 'HS256' });
    if (payload.sub === undefined) token.setSubject('eve');
    return (expiry === null ? token : token.setExpirationTime(expiry)).sign(new TextEncoder().encode(secret));
  };
  const credentials: readonly (readonly [what: string, header: () => string | Promise<string>, message: RegExp])[] = [
    ['no scheme', () => 'abc', /must be "Bearer" and a token/],
    ['another scheme', () => 'Basic YTpi', /must be "Bearer" and a token/],
    ['no token', () => 'Bearer ', /must be "Bearer" and a token/],
    ['two tokens', () => 'Bearer a b', /must be "Bearer" and a token/],
    ['no JWT', () => 'Bearer abc', /not a well-formed JWT/],
    ['a JWT of nothing', () => 'Bearer ..', /not a well-formed JWT/],
    ['a forged token', async () => `Bearer ${await sign('another secret of 32 bytes or more', claims)}`, /signature does not match/],
    ['an expired token', async () => `Bearer ${await sign(toySecret, claims, 1_000_000_000)}`, /expired at 2001-09-09T01:46:40.000Z/],
    ['a token that never expires', async () => `Bearer ${await sign(toySecret, claims, null)}`, /no claim "exp"/],
    [
      'an unsigned token',
      () => `Bearer ${new UnsecuredJWT(claims).setSubject('eve').setExpirationTime('5m').encode()}`,
      /algorithm that is not accepted/,
    ],
    [
      'a token signed with another algorithm',
      async () =>
        `Bearer ${await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).setSubject('eve').setExpirationTime('5m').sign(privateKey)}`,
      /algorithm that is not accepted/,
    ],
    ['a token without a holder', async () => `Bearer ${await sign(toySecret, { ...claims, sub: '' })}`, /claim "sub"/],
    ['an unknown role', async () => `Bearer ${await sign(toySecret, { ...claims, roles: ['reader', 'admin'] })}`, /unknown role "admin"/],
    ['roles that are no list', async () => `Bearer ${await sign(toySecret, { ...claims, roles: 'reader' })}`, /"roles" must be a list/],
    ['a tenant that is no slug', async () => `Bearer ${await sign(toySecret, { ...claims, tenant: 7 })}`, /"tenant" must be/],
    [
      'a writer of no tenant',
      async () => `Bearer ${await sign(toySecret, { roles: ['writer'] })}`,
      /without a tenant must have the role operator/,
    ],
  ];
  test.each(credentials)('%s', async (_what, header, message) => {
    const authorization = await header();
    const response = await server.post({ query: LEAD }, { authorization });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({
      errors: [{ message: expect.stringMatching(message), extensions: { code: 'UNAUTHENTICATED' } }],
    });
    const token = authorization.split(' ')[1] ?? '';
    if (token.length > 10) expect(body).not.toContain(token.split('.')[2] || token);
  });

  test.each([
    ['a query', LEAD],
    ['a mutation', 'mutation { updateLead(id: "1", input: {}) { name } }'],
    ['a query that also asks for the schema', '{ __typename lead(id: "1") { name } }'],
    ['a query behind fragments', '{ ...A } fragment A on Query { ... on Query { ...B } } fragment B on Query { lead(id: "1") { name } }'],
  ])('%s without a token', async (_what, query) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});

describe('what is just within the limits is answered:', () => {
  test.each([
    ['15 levels', nested(15)],
    ['2000 aliases', `{ ${Array.from({ length: 2000 }, (_, i) => `a${i}: echo`).join(' ')} }`],
    ['a fragment spread many times', `{ ${'...A '.repeat(100)} } fragment A on Query { echo }`],
    [
      'introspection behind fragments, without a token',
      '{ ...A } fragment A on Query { __schema { queryType { name } } ... { __typename } }',
    ],
  ])('%s', async (what, query) => {
    const server = await startToyServer();
    const token = what.includes('without')
      ? undefined
      : await issueToken(toySecret, { subject: 'ada', tenant: null, roles: ['operator'], expiresIn: 60 });
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `bearer ${token}` }) },
      body: JSON.stringify({ query }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).not.toHaveProperty('errors');
    await server.close();
  });
});

test('what is too large is not looked at any further, since the other checks would take long over it', async () => {
  const server = await startToyServer();
  const response = await server.post({ query: `{ ${'nothing { nothing } '.repeat(2_001)} }` });
  await expect(response.json()).resolves.toMatchObject({
    errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'fields', actual: 4_002, maximum: 2_000 } }],
  });
  expect(((await (await server.post({ query: '{ nothing }' })).json()) as { errors: unknown[] }).errors).toHaveLength(1);
  await server.close();
});

function spreadTenTimes(fragment: number): string {
  return Array.from({ length: 10 }, (_, i) => `a${i}: parent { ...F${fragment} }`).join(' ');
}
