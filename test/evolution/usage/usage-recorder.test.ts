import { describe, expect, jest, test } from '@jest/globals';
import { setTellsDeprecations } from '../../../src/evolution/usage/api-clients.ts';
import { createUsageMetrics } from '../../../src/evolution/usage/usage-metrics.ts';
import { readMetrics } from '../../harness/metrics.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { storeBatch } from '../../../src/evolution/usage/store-batch.ts';
import { createUsageBuffer, usageLimits } from '../../../src/evolution/usage/usage-buffer.ts';
import { createUsageClock } from '../../../src/evolution/usage/usage-clock.ts';
import { createMovableClock, isDeprecated, OTHER_TENANT, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

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

test('versions, paths, operations, coordinates and defaults make shapes of their own; equal lists do not', async () => {
  const recorder = await database.startRecorder();
  recorder.record(useOf(LEADS));
  recorder.record(useOf([...LEADS]));
  recorder.record(useOf(LEADS, { version: '2026-01' }));
  recorder.record(useOf(LEADS, { pinned: true }));
  recorder.record(useOf(LEADS, { operation: '' }));
  recorder.record(useOf(['Lead.id', 'Query.leads'], {}, ['Lead.industry']));
  await recorder.flush();
  expect(
    await database.query(
      'SELECT version, pinned, operation, cardinality(coordinates) AS used, count::int FROM usage_shape JOIN usage_hour ON shape_id = id ORDER BY version, pinned, operation, used',
    ),
  ).toEqual([
    { version: '2026-01', pinned: false, operation: 'Leads', used: 3, count: 1 },
    { version: '2026-11', pinned: false, operation: '', used: 3, count: 1 },
    { version: '2026-11', pinned: false, operation: 'Leads', used: 2, count: 1 },
    { version: '2026-11', pinned: false, operation: 'Leads', used: 3, count: 2 },
    { version: '2026-11', pinned: true, operation: 'Leads', used: 3, count: 1 },
  ]);
});

describe('what time it is', () => {
  const HOUR = 3_600_000;
  const readHours = async () =>
    database.query<{ hour: number; count: number; seen: number }>(
      'SELECT extract(epoch FROM hour)::float8 * 1000 AS hour, count::int, extract(epoch FROM last_seen)::float8 * 1000 AS seen FROM usage_hour ORDER BY hour',
    );

  test('decides the hour that a use counts for', async () => {
    const clock = createMovableClock();
    const recorder = await database.startRecorder({ now: clock.now });
    const hour = Math.floor(Date.now() / HOUR) * HOUR - 3 * HOUR;
    for (const time of [hour - 30_000, hour + 30_000, hour + HOUR - 30_000, hour + HOUR + 30_000]) {
      clock.moveTo(time);
      recorder.record(useOf(LEADS));
    }
    clock.release();
    await recorder.flush();
    const minutes = (time: number) => Math.round((time - hour) / 30_000) / 2;
    expect((await readHours()).map((row) => [minutes(row.hour), row.count, minutes(row.seen)])).toEqual([
      [-60, 1, -0.5],
      [0, 2, 59.5],
      [60, 1, 60.5],
    ]);
    expect(await database.query('SELECT operations::int FROM usage_collector_hour ORDER BY hour')).toEqual(
      [1, 2, 1].map((operations) => ({ operations })),
    );
  });

  test('the database says, wherever the clock of the server jumps to', async () => {
    const [before] = await database.query<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');
    const recorder = await database.startRecorder();
    try {
      for (const days of [0, 40, -40, 400]) {
        jest.spyOn(Date, 'now').mockReturnValue(before!.now + days * 24 * HOUR);
        recorder.record(useOf(LEADS));
      }
      await recorder.flush();
    } finally {
      jest.restoreAllMocks();
    }
    const [after] = await database.query<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');
    const hours = await readHours();
    expect(hours.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    for (const { hour, seen } of hours) {
      expect(seen).toBeGreaterThanOrEqual(Math.floor(before!.now));
      expect(seen).toBeLessThanOrEqual(after!.now);
      expect(hour).toBe(Math.floor(seen / HOUR) * HOUR);
    }
  });

  test('where the database’s own clock jumps, nothing is lost and nothing counts twice', async () => {
    const { sql } = database.owner;
    const buffer = createUsageBuffer(isDeprecated, usageLimits, createUsageClock());
    const started = performance.now();
    let sequence = 0;
    for (const hours of [0, -5, 2, 2, -1]) {
      // What the database's clock shows is what the collector's says of it.
      const clock = createUsageClock();
      const collector = { processId: TENANT, clock, startedAt: started, flushEveryMs: 5_000, storedShapes: new Set<string>() };
      const shift = { ...clock, date: (moment: number) => clock.date(moment) + hours * HOUR };
      buffer.record(useOf(LEADS));
      await storeBatch(sql, { ...collector, clock: shift }, { ...buffer.take(), sequence: ++sequence, completeAt: performance.now() });
    }
    expect((await readHours()).reduce((sum, { count }) => sum + count, 0)).toBe(5);
    expect(await database.query('SELECT sum(operations)::int AS operations FROM usage_collector_hour')).toEqual([{ operations: 5 }]);
  });

  test('uses that the recorder took for different hours, and the database does not, count together', async () => {
    const { sql } = database.owner;
    const clock = createUsageClock();
    const hours = [1, 2];
    const buffer = createUsageBuffer(isDeprecated, usageLimits, { ...clock, hourOf: () => hours.shift()! });
    for (let use = 0; use < 2; use += 1) buffer.record(useOf(LEADS));
    const content = buffer.take();
    expect(content.rows).toHaveLength(2);
    const collector = { processId: TENANT, clock, startedAt: clock.now(), flushEveryMs: 5_000, storedShapes: new Set<string>() };
    const noon = Math.floor(Date.now() / (24 * HOUR)) * 24 * HOUR - 12 * HOUR;
    const atNoon = { ...clock, date: () => noon };
    await storeBatch(sql, { ...collector, clock: atNoon }, { ...content, sequence: 1, completeAt: clock.now() });
    expect(await readHours()).toEqual([{ hour: noon, count: 2, seen: noon }]);
    expect(await database.query('SELECT operations::int FROM usage_collector_hour')).toEqual([{ operations: 2 }]);
  });
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
    recorder.recordLost();
    await recorder.flush();
    expect(await database.query('SELECT operations::int, lost::int FROM usage_collector_hour')).toEqual([{ operations: 3, lost: 3 }]);
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

test('a recorder deletes what is too old by itself', async () => {
  const clock = createMovableClock();
  const recorder = await database.startRecorder({ now: clock.now });
  clock.moveTo(Date.now() - 10 * 86_400_000);
  recorder.record(useOf(LEADS));
  clock.release();
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
