import { describe, expect, test } from '@jest/globals';
import { setTellsDeprecations } from '../../../src/evolution/usage/api-clients.ts';
import { pruneUsage } from '../../../src/evolution/usage/prune-usage.ts';
import { createUsageMetrics } from '../../../src/evolution/usage/usage-metrics.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { NOON, OTHER_TENANT, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const LEADS = ['Lead.id', 'Lead.industry', 'Query.leads'];

test('two processes count the same hours at once, to the last operation', async () => {
  const recorders = [await database.startRecorder(), await database.startRecorder()];
  const clients = ['web', 'ios', ''];
  for (let round = 0; round < 5; round += 1) {
    for (const recorder of recorders)
      for (const client of clients)
        for (let use = 0; use < 10 * (round + 1); use += 1)
          recorder.record(useOf(LEADS, { client, clientVersion: '', tenantId: use % 2 === 0 ? TENANT : null }));
    await Promise.all(recorders.map((recorder) => recorder.flush()));
  }
  const each = 5 * (1 + 2 + 3 + 4 + 5) * 2;
  expect(await database.countUses()).toEqual(
    Object.fromEntries(
      clients.flatMap((client) => [
        [`${client}  Leads ${TENANT}`, each],
        [`${client}  Leads`, each],
      ]),
    ),
  );
  expect(await database.query('SELECT version, operation, coordinates, defaulted FROM usage_shape')).toEqual([
    { version: '2026-11', operation: 'Leads', coordinates: LEADS, defaulted: [] },
  ]);
  expect(
    await database.query('SELECT sum(operations)::int, sum(unnamed)::int AS unnamed, sum(lost)::int AS lost FROM usage_collector_hour'),
  ).toEqual([{ sum: 6 * each, unnamed: 2 * each, lost: 0 }]);
});

test('versions, operations, coordinates and defaults make shapes of their own; equal lists do not', async () => {
  const recorder = await database.startRecorder();
  recorder.record(useOf(LEADS));
  recorder.record(useOf([...LEADS]));
  recorder.record(useOf(LEADS, { version: '2026-01' }));
  recorder.record(useOf(LEADS, { operation: '' }));
  recorder.record(useOf(['Lead.id', 'Query.leads'], {}, ['Lead.industry']));
  await recorder.flush();
  expect(
    await database.query(
      'SELECT version, operation, cardinality(coordinates) AS used, count::int FROM usage_shape JOIN usage_hour ON shape_id = id ORDER BY version, operation, used',
    ),
  ).toEqual([
    { version: '2026-01', operation: 'Leads', used: 3, count: 1 },
    { version: '2026-11', operation: '', used: 3, count: 1 },
    { version: '2026-11', operation: 'Leads', used: 2, count: 1 },
    { version: '2026-11', operation: 'Leads', used: 3, count: 2 },
  ]);
});

test('what comes on the hour counts for the new one', async () => {
  let now = NOON - 1;
  const recorder = await database.startRecorder({ now: () => now });
  for (const time of [NOON - 1, NOON, NOON + 3_599_999, NOON + 3_600_000]) {
    now = time;
    recorder.record(useOf(LEADS));
  }
  await recorder.flush();
  expect(
    await database.query(
      `SELECT extract(epoch FROM hour)::float8 * 1000 AS hour, count::int, extract(epoch FROM last_seen)::float8 * 1000 AS seen FROM usage_hour ORDER BY hour`,
    ),
  ).toEqual([
    { hour: NOON - 3_600_000, count: 1, seen: NOON - 1 },
    { hour: NOON, count: 2, seen: NOON + 3_599_999 },
    { hour: NOON + 3_600_000, count: 1, seen: NOON + 3_600_000 },
  ]);
});

describe('names from outside', () => {
  test.each([
    ['quotes and backslashes', `o'ne "two" \\x41 {a,b} NULL`, `o'ne "two" \\x41 {a,b} NULL`],
    ['characters of four bytes', '🦊'.repeat(100), '🦊'.repeat(100)],
    ['blanks around it', '  web \u00a0', 'web'],
    ['101 characters', 'x'.repeat(101), ''],
    ['a NUL', 'we\0b', ''],
    ['a line break', 'web\nioS', ''],
    ['a control of Latin-1', 'web\u0085', ''],
    ['half a character', 'web\ud83e', ''],
    ['the name of the others', '(others)', ''],
  ])('%s is stored as a name, or as none', async (_, client, stored) => {
    const recorder = await database.startRecorder();
    recorder.record(useOf(LEADS, { client, clientVersion: client }));
    await recorder.flush();
    expect(await database.query('SELECT client, client_version FROM usage_hour')).toEqual([{ client: stored, client_version: stored }]);
    expect(await database.query('SELECT unnamed::int FROM usage_collector_hour')).toEqual([{ unnamed: stored === '' ? 1 : 0 }]);
  });

  test('neither an operation nor a tenant that is none keeps the rest from being stored', async () => {
    const recorder = await database.startRecorder();
    recorder.record(useOf(LEADS, { operation: 'L'.repeat(300) }));
    recorder.record(useOf(LEADS, { operation: 'a\0b' }));
    recorder.record(useOf(LEADS, { tenantId: 'acme' }));
    recorder.record(useOf(LEADS, { tenantId: OTHER_TENANT.toUpperCase() }));
    recorder.record(useOf(LEADS, { tenantId: OTHER_TENANT }));
    await recorder.flush();
    expect(await database.countUses()).toEqual({
      [`web 1.0 ${'L'.repeat(200)} ${TENANT}`]: 1,
      [`web 1.0  ${TENANT}`]: 1,
      'web 1.0 Leads': 1,
      [`web 1.0 Leads ${OTHER_TENANT}`]: 2,
    });
  });

  test('what is no use at all is told, once, and lost', async () => {
    const recorder = await database.startRecorder();
    for (let use = 0; use < 2; use += 1) expect(() => recorder.record({ ...useOf(LEADS), used: undefined } as never)).not.toThrow();
    expect(database.errors).toEqual([expect.any(TypeError)]);
    expect(recorder.statistics()).toMatchObject({ operations: 2, lost: 2 });
  });
});

test('it stores by itself, and once more when it is closed; nothing is recorded after that', async () => {
  const recorder = await database.startRecorder({ flushEveryMs: 5 });
  recorder.record(useOf(LEADS));
  await waitUntil('a flush', async () => Object.keys(await database.countUses()).length === 1);
  recorder.record(useOf(LEADS));
  await recorder.close();
  recorder.record(useOf(LEADS));
  await recorder.close();
  expect(await database.countUses()).toEqual({ [`web 1.0 Leads ${TENANT}`]: 2 });
  expect(await database.query('SELECT stopped_at >= seen_at AND seen_at >= started_at AS ended, flush_ms FROM usage_collector')).toEqual([
    { ended: true, flush_ms: 5 },
  ]);
});

test('a client is told what is deprecated until somebody settles that it is not, and again after', async () => {
  const recorder = await database.startRecorder();
  expect(recorder.tellsDeprecations('web')).toBe(true);
  await setTellsDeprecations(database.owner.sql, ' web ', false);
  await recorder.flush();
  expect([recorder.tellsDeprecations('web'), recorder.tellsDeprecations('ios'), recorder.tellsDeprecations('')]).toEqual([
    false,
    true,
    true,
  ]);
  await setTellsDeprecations(database.owner.sql, 'web', true);
  await recorder.flush();
  expect(recorder.tellsDeprecations('web')).toBe(true);
  for (const name of ['', ' ', 'a\0b', 'x'.repeat(101)])
    await expect(setTellsDeprecations(database.owner.sql, name, false)).rejects.toThrow('Expected the name of a client');
});

test('what is too old goes in small parts, with the shapes that nothing counts any more', async () => {
  let now = Date.now() - 401 * 86_400_000;
  const recorder = await database.startRecorder({ now: () => now });
  for (let operation = 0; operation < 5; operation += 1) recorder.record(useOf(LEADS, { operation: `Old${operation}` }));
  recorder.record(useOf(LEADS, { operation: 'Both' }));
  now = Date.now() - 399 * 86_400_000;
  recorder.record(useOf(LEADS, { operation: 'Both' }));
  await recorder.flush();
  await database.query(
    `INSERT INTO usage_collector SELECT gen_random_uuid(), now() - interval '500 days', now() - age, NULL, 5000, 1 FROM unnest('{401 days,399 days}'::interval[]) AS age`,
  );

  const { sql } = database.owner;
  expect([await pruneUsage(sql, 400, 4), await pruneUsage(sql, 400, 4), await pruneUsage(sql, 400, 4)]).toEqual([true, false, false]);
  expect(await database.query('SELECT operation, count::int FROM usage_hour JOIN usage_shape ON id = shape_id')).toEqual([
    { operation: 'Both', count: 1 },
  ]);
  expect(
    await database.query(
      'SELECT count(*)::int AS shapes, (SELECT count(*)::int FROM usage_collector) AS collectors, (SELECT count(*)::int FROM usage_collector_hour) AS hours FROM usage_shape',
    ),
  ).toEqual([{ shapes: 1, collectors: 2, hours: 1 }]);

  // A shape that was deleted is stored again.
  recorder.record(useOf(LEADS, { operation: 'Old0' }));
  await expect(recorder.flush()).rejects.toThrow('usage_hour_shape_id_fkey');
  await recorder.flush();
  expect(await database.countUses()).toEqual({ [`web 1.0 Both ${TENANT}`]: 1, [`web 1.0 Old0 ${TENANT}`]: 1 });
});

test('a recorder deletes what is too old by itself', async () => {
  const now = Date.now() - 10 * 86_400_000;
  const recorder = await database.startRecorder({ now: () => now });
  recorder.record(useOf(LEADS));
  await recorder.flush();
  await database.startRecorder({ keepDays: 9 });
  expect(await database.query('SELECT FROM usage_shape')).toEqual([]);
});

test('its metrics tell what it did and what waits', async () => {
  const recorder = await database.startRecorder({ limits: { rows: 1, reservedRows: 0 } });
  const read = createUsageMetrics(recorder);
  for (const operation of ['One', 'Two', 'Two']) recorder.record(useOf(['Lead.id'], { operation }));
  const values = async () => Object.fromEntries(readMetrics(await read()).samples.map(({ name, value }) => [name, value]));
  expect(await values()).toEqual({
    usage_operations_total: 3,
    usage_operations_lost_total: 2,
    usage_rows_waiting: 1,
    usage_flush_age_seconds: expect.any(Number),
  });
  await recorder.flush();
  expect(await values()).toMatchObject({ usage_operations_total: 3, usage_rows_waiting: 0 });
});
