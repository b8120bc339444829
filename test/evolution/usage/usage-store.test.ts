import { beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { measureCoverage } from '../../../src/evolution/usage/coverage.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { readCollection, readRegisteredUse, readUse } from '../../../src/evolution/usage/usage-store.ts';
import { NOON, OTHER_TENANT, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const MINUTE = 60_000;

describe('the use of coordinates', () => {
  beforeEach(async () => {
    let now = NOON;
    const recorder = await database.startRecorder({ now: () => now });
    const leads = ['Lead.id', 'Lead.industry', 'Query.leads'];
    recorder.record(useOf(leads));
    recorder.record(useOf(leads, { version: '2026-01' }));
    recorder.record(useOf(leads, { tenantId: OTHER_TENANT, client: 'ios' }));
    recorder.record(useOf(['Lead.id', 'Lead.industryRef', 'Query.leads'], { operation: 'Modern' }));
    recorder.record(useOf(['Query.leads'], { operation: 'Tacit' }, ['Lead.industry']));
    now += 90 * MINUTE;
    recorder.record(useOf(leads));
    await recorder.flush();
  });
  const since = (minutes: number) => new Date(NOON + minutes * MINUTE);
  const use = {
    coordinate: 'Lead.industry',
    version: '2026-11',
    client: 'web',
    clientVersion: '1.0',
    operation: 'Leads',
    tenantId: TENANT,
  };

  test('is told by version, client, operation, tenant, and whether a default alone did it; over hours', async () => {
    expect(await readUse(database.owner.sql, { coordinates: ['Lead.industry'], since: since(0) })).toEqual([
      { ...use, client: 'ios', tenantId: OTHER_TENANT, count: 1, lastSeen: since(0), byDefault: false },
      { ...use, version: '2026-01', count: 1, lastSeen: since(0), byDefault: false },
      { ...use, count: 2, lastSeen: since(90), byDefault: false },
      { ...use, operation: 'Tacit', count: 1, lastSeen: since(0), byDefault: true },
    ]);
  });

  test('is that of exact coordinates, one tenant, and a window', async () => {
    const count = async (coordinates: string[], minutes = 0, tenantId?: string) =>
      (await readUse(database.owner.sql, { coordinates, since: since(minutes), tenantId })).map(
        (each) => `${each.coordinate} ${each.client} ${each.count}`,
      );
    expect(await count(['Lead.industryRef'])).toEqual(['Lead.industryRef web 1']);
    expect(await count(['Lead.indus', 'lead.industry', 'Lead'])).toEqual([]);
    expect(await count([])).toEqual([]);
    expect(await count(['Lead.industry'], 0, OTHER_TENANT)).toEqual(['Lead.industry ios 1']);
    expect(await count(['Lead.industry'], 0, '0190cccc-0000-7000-8000-00000000000c')).toEqual([]);
    expect(await count(['Lead.industry'], 1)).toEqual(['Lead.industry web 1']);
    expect(await count(['Lead.industry'], 91)).toEqual([]);
    expect(await count(['Lead.id', 'Lead.industryRef'], 1)).toEqual(['Lead.id web 1']);
  });
});

describe('the coverage of a window', () => {
  const at = (minutes: number) => new Date(NOON + minutes * MINUTE);
  const collector = (started: number, seen: number, stopped?: number) => ({
    startedAt: at(started),
    seenAt: at(seen),
    stoppedAt: stopped === undefined ? null : at(stopped),
    flushMs: 5_000,
  });
  const measure = (...collectors: ReturnType<typeof collector>[]) => {
    const { coveredShare, gaps } = measureCoverage(collectors, { from: at(0), to: at(100) });
    return [coveredShare, ...gaps.map(({ from, to, why }) => `${(from.getTime() - NOON) / 1_000}–${(to.getTime() - NOON) / 1_000} ${why}`)];
  };

  test.each([
    ['nobody', [], [0, '0–6000 no collector ran']],
    ['one that runs since before', [collector(-10, 99.5)], [1]],
    ['one that began within it', [collector(20, 100)], [0.8, '0–1200 no collector ran']],
    ['one after another', [collector(-10, 40, 40), collector(50, 100)], [0.9, '2400–3000 no collector ran']],
    ['one while another restarts', [collector(-10, 40, 40), collector(30, 100)], [1]],
    ['one within another', [collector(-10, 100), collector(30, 50, 50)], [1]],
    ['one that ended before it', [collector(-20, -10, -10)], [0, '0–6000 no collector ran']],
    ['one that died', [collector(0, 50)], [0.5, '3000–3005 a collector died: at most 5 s are lost', '3005–6000 no collector ran']],
    [
      'one that died before it, with a rest',
      [collector(-9, -1 / 60), collector(0, 100)],
      [1 - 4 / 6_000, '0–4 a collector died: at most 5 s are lost'],
    ],
    [
      'one that died beside another',
      [collector(0, 50), collector(0, 100)],
      [1 - 5 / 6_000, '3000–3005 a collector died: at most 5 s are lost'],
    ],
    [
      'two that died together',
      [collector(0, 50), collector(0, 50), collector(0, 100)],
      [1 - 5 / 6_000, '3000–3005 a collector died: at most 5 s are lost', '3000–3005 a collector died: at most 5 s are lost'],
    ],
    ['one that is silent for a moment', [collector(0, 99.1)], [1]],
  ])('%s', (_, collectors, expected) => {
    const [share, ...gaps] = measure(...collectors);
    expect(share).toBeCloseTo(expected[0] as number, 9);
    expect(gaps).toEqual(expected.slice(1));
  });

  test('that has no length is none', () => {
    expect(measureCoverage([collector(-10, 100)], { from: at(0), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
    expect(measureCoverage([collector(-10, 100)], { from: at(1), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
    expect(measureCoverage([], { from: new Date(NaN), to: at(0) })).toEqual({ coveredShare: 0, gaps: [] });
  });
});

describe('what is known since a moment', () => {
  test('nothing, where nothing was ever recorded', async () => {
    expect(await readCollection(database.owner.sql, new Date(Date.now() - MINUTE))).toEqual({
      since: null,
      coveredShare: 0,
      gaps: [{ from: expect.any(Date), to: expect.any(Date), why: 'no collector ran' }],
      operations: 0,
      unnamedOperations: 0,
      lostOperations: 0,
    });
  });

  test('is told with what two processes recorded in those hours, and since when anything was', async () => {
    const now = Date.now();
    await database.query(
      `INSERT INTO usage_collector SELECT id, now() - began, now() - ended, now() - ended, 5000, 9
       FROM (VALUES (gen_random_uuid(), interval '9 days', interval '3 days'), (gen_random_uuid(), '3 days', '1 hour')) AS past (id, began, ended)`,
    );
    await database.query(
      `INSERT INTO usage_collector_hour
       SELECT process_id, date_trunc('hour', stopped_at), 100, 20, 3 FROM usage_collector`,
    );
    const days = (count: number) => new Date(now - count * 86_400_000);
    const all = await readCollection(database.owner.sql, days(4));
    expect(all).toMatchObject({ operations: 200, unnamedOperations: 40, lostOperations: 6 });
    expect(all.since!.getTime() / 1_000).toBeCloseTo(days(9).getTime() / 1_000, -1);
    expect(all.coveredShare).toBeCloseTo(95 / 96, 3);
    expect(all.gaps.at(-1)).toMatchObject({ why: 'no collector ran' });
    expect(await readCollection(database.owner.sql, days(2))).toMatchObject({ operations: 100, unnamedOperations: 20, lostOperations: 3 });
    const recorder = await database.startRecorder();
    recorder.record(useOf(['Lead.id']));
    await recorder.flush();
    expect(await readCollection(database.owner.sql, days(2))).toMatchObject({ operations: 101 });
  });
});

describe('what clients registered', () => {
  const schema = buildSchema(/* GraphQL */ `
    type Query {
      node: Node
      lead(id: ID!): Lead
      leads(filter: LeadFilter = { region: "emea" }, order: Order = INDUSTRY): [Lead!]!
    }
    interface Node {
      id: ID!
      industry: String
    }
    type Lead implements Node {
      id: ID!
      industry: String
      industryRef: Industry
    }
    type Industry {
      key: String!
    }
    input LeadFilter {
      industry: String
      region: String
    }
    enum Order {
      INDUSTRY
      NAME
    }
  `);
  const version: ApiVersion = { name: '2026-11', month: '2026-11' };
  const register = (client: string, documents: Record<string, string>) =>
    registerManifest(database.owner.sql, { client, clientVersion: '2', text: JSON.stringify(documents) }, new Map([[version, schema]]));
  const read = async (...coordinates: string[]) =>
    (await readRegisteredUse(database.owner.sql, schema, coordinates)).map((use) => Object.values(use).join(' '));

  beforeEach(async () => {
    await register('web', {
      a1: 'query Lead { lead(id: 1) { industry } }',
      a2: 'query Ref { lead(id: 1) { industryRef { key } } }',
      a3: 'query Filtered { leads(filter: { industry: "tech" }) { id } }',
    });
    await register('ios', {
      b1: 'query Any { node { ...Part } } fragment Part on Node { industry }',
      b2: 'query Sent($filter: LeadFilter) { leads(filter: $filter) { id } }',
    });
  });

  test('counts by exact coordinate, through fragments and interfaces', async () => {
    expect(await read('Lead.industry')).toEqual(['Lead.industry ios 2 Any b1', 'Lead.industry web 2 Lead a1']);
    expect(await read('Node.industry', 'LeadFilter.industry')).toEqual([
      'LeadFilter.industry web 2 Filtered a3',
      'Node.industry ios 2 Any b1',
    ]);
    expect(await read('Lead.industryRef', 'Industry')).toEqual(['Industry web 2 Ref a2', 'Lead.industryRef web 2 Ref a2']);
    expect(await read('Query.lead(id:)')).toHaveLength(2);
  });

  test('is neither what a default of the schema brings in, nor what nobody has sent yet', async () => {
    expect(await read('LeadFilter.region', 'Order.INDUSTRY', 'Lead.indus')).toEqual([]);
    expect(await read('LeadFilter')).toEqual(['LeadFilter ios 2 Sent b2', 'LeadFilter web 2 Filtered a3']);
  });
});
