import { beforeEach, describe, expect, test } from '@jest/globals';
import { countUse, readCollection, readUse } from '../../../src/evolution/usage/usage-store.ts';
import { createMovableClock, OTHER_TENANT, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const MINUTE = 60_000;

describe('the use of coordinates', () => {
  /** A full hour that is over. */
  const BEGIN = Math.floor(Date.now() / (60 * MINUTE)) * 60 * MINUTE - 180 * MINUTE;
  beforeEach(async () => {
    const clock = createMovableClock();
    const recorder = await database.startRecorder({ now: clock.now });
    const leads = ['Lead.id', 'Lead.industry', 'Query.leads'];
    clock.moveTo(BEGIN + MINUTE / 2);
    recorder.record(useOf(leads));
    recorder.record(useOf(leads, { version: '2026-01', pinned: true }));
    recorder.record(useOf(leads, { tenantId: OTHER_TENANT, client: 'ios' }));
    recorder.record(useOf(['Lead.id', 'Lead.industryRef', 'Query.leads'], { operation: 'Modern' }));
    recorder.record(useOf(['Query.leads'], { operation: 'Tacit' }, ['Lead.industry']));
    clock.moveTo(BEGIN + 90.5 * MINUTE);
    recorder.record(useOf(leads));
    clock.release();
    await recorder.flush();
  });
  const since = (minutes: number) => new Date(BEGIN + minutes * MINUTE);
  const minuteOf = (time: Date) => Math.floor((time.getTime() - BEGIN) / MINUTE);
  const use = {
    coordinate: 'Lead.industry',
    version: '2026-11',
    pinned: false,
    client: 'web',
    clientVersion: '1.0',
    operation: 'Leads',
    tenantId: TENANT,
    byDefault: false,
  };
  const industry = { coordinates: ['Lead.industry'], since: since(0) };

  test('is told by version, path, client, operation, tenant, and whether a default alone did it; over hours', async () => {
    const uses = await readUse(database.owner.sql, industry);
    expect(uses.map(({ lastSeen, ...each }) => ({ ...each, lastSeen: minuteOf(lastSeen) }))).toEqual([
      { ...use, client: 'ios', tenantId: OTHER_TENANT, count: 1, lastSeen: 0 },
      { ...use, version: '2026-01', pinned: true, count: 1, lastSeen: 0 },
      { ...use, count: 2, lastSeen: 90 },
      { ...use, operation: 'Tacit', count: 1, lastSeen: 0, byDefault: true },
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

  test('is limited to the latest of each kind, and counted as a whole', async () => {
    const recorder = await database.startRecorder();
    for (let index = 0; index < 5; index += 1) {
      for (const pinned of [true, false]) recorder.record(useOf(['Lead.industry'], { client: `c${index}`, pinned }));
      recorder.record(useOf([], { client: `c${index}` }, ['Lead.industry']));
      recorder.record(useOf(['Lead.id'], { client: `c${index}` }));
      await recorder.flush();
    }
    const coordinates = ['Lead.industry', 'Lead.id'];
    const uses = await readUse(database.owner.sql, { coordinates, since: since(0), most: 2 });
    expect(uses.map((each) => [each.coordinate, each.client, each.pinned, each.byDefault].join(' '))).toEqual([
      'Lead.id c3 false false',
      'Lead.id c4 false false',
      'Lead.id web true false',
      'Lead.industry c3 false false',
      'Lead.industry c3 false true',
      'Lead.industry c3 true false',
      'Lead.industry c4 false false',
      'Lead.industry c4 false true',
      'Lead.industry c4 true false',
    ]);
    const counts = await countUse(database.owner.sql, { coordinates, since: since(0) });
    expect(counts.map((each) => [each.coordinate, each.pinned, each.byDefault, each.uses, each.clients, each.count].join(' '))).toEqual([
      // The client web did it in two operations, ios in one.
      'Lead.id false false 8 7 9',
      'Lead.id true false 1 1 1',
      'Lead.industry false false 7 7 8',
      'Lead.industry false true 6 6 6',
      'Lead.industry true false 6 6 6',
    ]);
    for (const each of counts) expect(each.lastSeen).toBeInstanceOf(Date);
    expect(await countUse(database.owner.sql, { ...industry, tenantId: OTHER_TENANT })).toMatchObject([{ uses: 1, clients: 1, count: 1 }]);
    expect(await countUse(database.owner.sql, { ...industry, since: new Date() })).toEqual([]);
  });
});

describe('what is known since a moment', () => {
  test('nothing, where nothing was ever recorded', async () => {
    expect(await readCollection(database.owner.sql, new Date(Date.now() - MINUTE))).toEqual({
      since: null,
      keptSince: null,
      coveredShare: 0,
      gaps: [{ from: expect.any(Date), to: expect.any(Date), kind: 'NO_COLLECTOR', why: 'no collector ran' }],
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
