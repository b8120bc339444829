import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createVersionSchemas } from '../../src/app.ts';
import { registerManifest } from '../../src/evolution/usage/manifests.ts';
import { setTellsDeprecations } from '../../src/evolution/usage/api-clients.ts';
import { readCollection, readUse } from '../../src/evolution/usage/usage-store.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

const LEADS = 'query Leads($filter: LeadFilter) { leads(first: 1, filter: $filter) { nodes { industry } } }';
const TASKS = 'query Tasks { tasks(first: 1) { nodes { priority } } }';
const documentId = `sha256:${createHash('sha256').update(TASKS).digest('hex')}`;
/** Sends its name in UTF-8. */
const QUIET = 'Zürich';
const REASON = 'Use `industryRef { key label }`. Removed in 2027-07.';

let crm: TestCrm;
let api: TestApi;
let started: Date;
beforeAll(async () => {
  started = new Date();
  crm = await createTestCrm({ phase: 'populated' });
  await registerManifest(
    crm.owner.sql,
    { client: 'app', clientVersion: '7', text: JSON.stringify({ [documentId]: TASKS }) },
    await createVersionSchemas(),
  );
  await setTellsDeprecations(crm.owner.sql, QUIET, false);
  // The id is that of two texts: who asks for it decides.
  for (const [client, text] of [
    [QUIET, TASKS],
    ['web', LEADS],
  ] as const)
    await registerManifest(crm.owner.sql, { client, clientVersion: '', text: JSON.stringify({ d1: text }) }, await createVersionSchemas());
  api = await startTestApi(crm);
});
afterAll(async () => {
  await api.close();
  await crm.close();
});

async function send(body: unknown, { path = '/graphql', client, version, tenant = 'acme' }: Record<string, string> = {}) {
  const response = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await api.token(tenant, 'reader')}`,
      ...(client && { 'apollographql-client-name': client }),
      ...(version && { 'apollographql-client-version': version }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, deprecation: response.headers.get('deprecation'), link: response.headers.get('link') };
}

test('before a server listens it is known to record, under the id by which it is known to live', async () => {
  const { rows } = await crm.owner.pool.query(
    `SELECT stopped_at FROM usage_collector JOIN choice_process ON id = process_id WHERE kind = 'server'`,
  );
  expect(rows).toEqual([{ stopped_at: null }]);
});

test('a server that cannot record does not start', async () => {
  const other = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  try {
    await other.owner.pool.query('ALTER TABLE usage_collector RENAME TO usage_collector_away');
    await expect(startTestApi(other)).rejects.toThrow('relation "usage_collector" does not exist');
  } finally {
    await other.close();
  }
});

test('what clients use of the CRM is told to them, and recorded by client, version, operation and tenant', async () => {
  const web = await send({ query: LEADS, variables: { filter: { industry: 'tech' } } }, { client: 'web', version: '1' });
  expect(JSON.parse(web.text)).toEqual({
    data: { leads: { nodes: expect.anything() } },
    extensions: {
      deprecations: [
        { coordinate: 'Lead.industry', reason: REASON, replacement: 'industryRef { key label }', sunset: '2027-07' },
        expect.objectContaining({ coordinate: 'LeadFilter.industry', sunset: '2027-07' }),
      ],
    },
  });
  expect(web).toMatchObject({ deprecation: '@1793491200', link: '</graphql/2026-11?sdl>; rel="deprecation"; type="text/plain"' });

  const old = await send({ query: LEADS }, { path: '/graphql/2026-01', client: 'old', tenant: 'globex' });
  expect(old.text).toMatch(/^\{"data":\{"leads":\{"nodes":\[.*\]\}\}\}\n$/);
  expect(old.deprecation).toBeNull();
  const client = Buffer.from(QUIET).toString('latin1');
  const quiet = await send({ query: LEADS }, { client });
  expect(quiet.text).toMatch(/^\{"data":\{"leads":\{"nodes":\[.*\]\}\}\}\n$/);
  expect((await send({ documentId: 'd1' }, { client })).text).toMatch(/^\{"data":\{"tasks":\{"nodes":\[.*\]\}\}\}\n$/);

  for (const body of [{ documentId }, { extensions: { persistedQuery: { version: 1, sha256Hash: documentId.slice(7) } } }])
    expect(await send(body, { client: 'app', version: '7' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('Task.priority'),
    });

  const unknown = { extensions: { persistedQuery: { version: 1, sha256Hash: 'f'.repeat(64) } } };
  for (const [client, code] of [
    ['app', 'NOT_FOUND'],
    ['', 'NOT_FOUND'],
    ['web', 'NOT_SUPPORTED'],
  ] as const)
    expect((await send(unknown, { client })).text).toContain(`"PERSISTED_QUERY_${code}"`);

  await api.close();
  const used = await readUse(crm.owner.sql, { coordinates: ['Lead.industry', 'LeadFilter.industry', 'Task.priority'], since: started });
  const tenants = { [crm.tenant('acme').id]: 'acme', [crm.tenant('globex').id]: 'globex' };
  expect(
    used.map(({ coordinate, version, pinned, client, clientVersion, operation, tenantId, count, byDefault }) =>
      [coordinate, version, pinned ? 'pinned' : 'current', client, clientVersion, operation, tenants[tenantId!], count, byDefault].join(
        ' ',
      ),
    ),
  ).toEqual([
    'Lead.industry 2026-11 current Zürich  Leads acme 1 false',
    'Lead.industry 2026-01 pinned old  Leads globex 1 false',
    'Lead.industry 2026-11 current web 1 Leads acme 1 false',
    'LeadFilter.industry 2026-11 current web 1 Leads acme 1 false',
    'Task.priority 2026-11 current Zürich  Tasks acme 1 false',
    'Task.priority 2026-11 current app 7 Tasks acme 2 false',
  ]);
  expect(await readCollection(crm.owner.sql, started)).toMatchObject({ operations: 6, unnamedOperations: 0, lostOperations: 0 });
  expect(api.log).toEqual([]);
});
