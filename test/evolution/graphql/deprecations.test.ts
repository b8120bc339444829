import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createVersionSchemas } from '../../../src/app.ts';
import { annotateCrmSchema } from '../../../src/crm/crm-schema.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { listDeprecations } from '../../../src/evolution/versions/list-deprecations.ts';
import { currentVersion } from '../../../src/evolution/versions/api-versions.ts';
import { insertRecord } from '../../crm/records.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { useRemovalWorld } from '../removal/removal-world.ts';

const world = useRemovalWorld(annotateCrmSchema);
const QUERY = `{ deprecations {
  coordinate reason replacement since sunset verdict otherClients blockers { code message }
  uses { client clientVersion apiVersion pinned operation count lastSeen registered }
} }`;

interface Status {
  coordinate: string;
  verdict: string;
  otherClients: number;
  blockers: { code: string; message: string }[];
  uses: Record<string, unknown>[];
}

describe('the query deprecations', () => {
  let api: TestApi;
  // Each has answers of its own to share.
  beforeEach(async () => {
    api = await startTestApi(world.crm);
  });
  afterEach(async () => {
    await api.close();
    expect(api.log).toEqual([]);
  });

  const ask = async (tenant: string | null, ...roles: Parameters<TestApi['token']>[1][]) => {
    const { body, text } = await api.send(QUERY, {}, { token: await api.token(tenant, ...roles) });
    expect(body.errors).toBeUndefined();
    const statuses = body.data.deprecations as Status[];
    return { text, statuses, industry: statuses.find(({ coordinate }) => coordinate === 'Lead.industry')! };
  };

  test('each token sees what it may of who uses what is deprecated; the verdict is the same to all', async () => {
    const tenantId = world.crm.tenant('globex').id;
    const query = '{ leads { nodes { industry } } }';
    await world.startRecorder(40);
    await world.execute(query, { version: '2026-01', pinned: true });
    await world.execute(query, { client: 'theirs', operation: 'TheirLeads', tenantId });
    await world.execute(query, { client: '', clientVersion: '', operation: '', tenantId });
    await world.execute(query, { version: '2026-01', pinned: true, tenantId });
    const text = JSON.stringify({
      d1: 'query Leads { leads { nodes { industry } } }',
      d2: 'query Board { leads { nodes { industry } } }',
      d3: 'query Hidden($filter: LeadFilter) { leads(filter: $filter) { nodes { id } } }',
    });
    const owner = { client: 'web', clientVersion: '1.4.0', text };
    await registerManifest(world.crm.owner.sql, owner, await createVersionSchemas());
    await insertRecord(world.crm, 'lead', { industry: 'Their Mystery' }, 'globex');

    const [acme, globex, platform] = [await ask('acme', 'reader'), await ask('globex', 'writer'), await ask(null, 'operator')];

    const coordinates = listDeprecations(world.schema, currentVersion).map(({ coordinate }) => coordinate);
    for (const { statuses } of [acme, globex, platform]) {
      expect(statuses.map(({ coordinate }) => coordinate)).toEqual(coordinates);
      expect(statuses.map(({ verdict }) => verdict)).toEqual(platform.statuses.map(({ verdict }) => verdict));
    }
    const lastSeen = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const web = { client: 'web', clientVersion: '1.4.0', apiVersion: '2026-01', pinned: true, operation: 'Leads', lastSeen };
    const theirs = {
      client: 'theirs',
      clientVersion: '1.4.0',
      apiVersion: '2026-11',
      pinned: false,
      operation: 'TheirLeads',
      count: 1,
      lastSeen,
    };
    const unnamed = { client: null, clientVersion: null, apiVersion: '2026-11', pinned: false, operation: null, count: 1, lastSeen };
    expect(acme.industry).toMatchObject({
      reason: 'Use `industryRef { key label }`. Removed in 2027-07.',
      replacement: 'industryRef { key label }',
      since: '2026-11',
      sunset: '2027-07',
      verdict: 'IN_USE',
      uses: [{ ...web, count: 1, registered: null }],
      otherClients: 3,
    });
    expect(acme.text).not.toMatch(/theirs|Mystery|globex|Board|Hidden|d3/i);
    const possible = ({ statuses }: typeof acme) =>
      statuses.find(({ coordinate }) => coordinate === 'LeadFilter.industry')!.blockers.map(({ message }) => message);
    expect(possible(acme)).toContain('LeadFilter.industry: 1 client registered documents whose variables may use it');
    expect(possible(platform)).toContainEqual(expect.stringContaining('the client "web" 1.4.0 registered Hidden (document "d3")'));
    // Whether its sunset has come is up to the calendar.
    expect(acme.industry.blockers.map(({ code }) => code).filter((code) => code !== 'TOO_EARLY')).toEqual([
      'IN_USE',
      'IN_USE',
      'DATA_NOT_READY',
      'INSUFFICIENT_EVIDENCE',
    ]);
    expect(acme.industry.blockers[2]!.message).toBe('Lead.industry: the data of 1 other tenant is not ready');
    // Of how much traffic there is, and since when, a tenant learns nothing.
    const evidence = ({ industry }: typeof acme) => industry.blockers.at(-1)!.message;
    expect(evidence(platform)).toMatch(/^Lead\.industry: \d+(\.\d)? % of the operations came from clients that nobody can name/);
    expect(evidence(acme)).toBe('Lead.industry: too many operations came from clients that nobody can name (UNNAMED)');

    expect(globex.industry.uses).toEqual([{ ...web, count: 1 }, unnamed, theirs].map((use) => ({ ...use, registered: null })));
    expect(globex.industry.otherClients).toBe(1);
    expect(globex.industry.blockers).toContainEqual({
      code: 'DATA_NOT_READY',
      message: expect.stringContaining('Lead.industry of globex: 1 rows carry values'),
    });

    expect(platform.industry.uses).toEqual([
      { ...web, count: 2, registered: true },
      { ...unnamed, registered: false },
      { ...theirs, registered: false },
      {
        client: 'web',
        clientVersion: '1.4.0',
        apiVersion: null,
        pinned: null,
        operation: 'Board',
        count: 0,
        lastSeen: null,
        registered: true,
      },
    ]);
    expect(platform.industry.otherClients).toBe(0);
    expect(platform.industry.blockers).toContainEqual({ code: 'DATA_NOT_READY', message: 'Lead.industry of globex: UNMAPPED' });
    expect(platform.text).not.toContain(tenantId);
  });

  test('no tenant hides the uses of another, however many it has', async () => {
    const LEADS = '{ leads { nodes { industry } } }';
    await world.startRecorder(40);
    await world.execute(LEADS, { client: 'theirs', operation: 'TheirLeads', tenantId: world.crm.tenant('globex').id });
    await world.query(
      `WITH shape AS (
         INSERT INTO usage_shape (id, version, operation, coordinates, defaulted)
         SELECT sha256(number::text::bytea), '2026-11', 'Operation' || number, '{Lead.industry}', '{}' FROM generate_series(1, 1100) AS number
         RETURNING id)
       INSERT INTO usage_hour (hour, shape_id, client, client_version, tenant_id, count, last_seen)
       SELECT hour, shape.id, 'web', '', $1, 1, last_seen + interval '1 second' FROM usage_hour, shape`,
      world.crm.tenant('acme').id,
    );
    const [platform, globex, acme] = [await ask(null, 'operator'), await ask('globex', 'reader'), await ask('acme', 'reader')];
    expect(platform.industry).toMatchObject({ uses: expect.not.arrayContaining([{ client: 'theirs' }]), otherClients: 1 });
    expect(globex.industry).toMatchObject({ uses: [{ client: 'theirs', operation: 'TheirLeads', count: 1 }], otherClients: 1 });
    expect(acme.industry.uses).toHaveLength(100);
    expect(acme.industry.otherClients).toBe(1);
    expect(globex.text).not.toMatch(/web|Operation\d/);
    expect(acme.text).not.toMatch(/their/i);
  });

  test('without a token nothing is told, and 2026-01 does not know the query', async () => {
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    const { body } = await api.send(QUERY, {}, { path: '/graphql/2026-01' });
    expect(body.errors[0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  });
});
