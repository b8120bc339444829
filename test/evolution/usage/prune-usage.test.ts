import { expect, test } from '@jest/globals';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { pruneUsage } from '../../../src/evolution/usage/prune-usage.ts';
import { createMovableClock, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const LEADS = ['Lead.id', 'Lead.industry', 'Query.leads'];

test.each([
  ['usage_hour', `UPDATE usage_hour SET hour = hour - interval '500 days'`, 'NO KEY UPDATE'],
  // A flush that counts a use of it keeps others from deleting it.
  ['usage_shape', 'DELETE FROM usage_hour', 'KEY SHARE'],
  ['usage_collector_hour', `UPDATE usage_collector_hour SET hour = hour - interval '500 days'`, 'NO KEY UPDATE'],
  ['usage_collector', `UPDATE usage_collector SET seen_at = seen_at - interval '500 days'`, 'NO KEY UPDATE'],
])('what a flush holds of %s is not waited for, and goes another time', async (table, expire, lock) => {
  const recorder = await database.startRecorder();
  recorder.record(useOf(LEADS));
  await recorder.close();
  await database.query(expire);
  const countRows = async () => (await database.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table}`))[0]!.rows;

  const pruner = openOwnerDatabase(database.url, { connections: 1 });
  const flush = await database.owner.pool.connect();
  try {
    await pruner.pool.query(`SET lock_timeout = '1s'`);
    await flush.query('BEGIN');
    await flush.query(`SELECT FROM ${table} FOR ${lock}`);
    expect(await pruneUsage(pruner.sql, 400)).toBe(false);
    expect(await countRows()).toBe(1);
    await flush.query('COMMIT');
    expect(await pruneUsage(pruner.sql, 400)).toBe(false);
    expect(await countRows()).toBe(0);
  } finally {
    await flush.query('ROLLBACK');
    flush.release();
    await pruner.close();
  }
});

test('what is too old goes in small parts, with the shapes that nothing counts any more; it is known since when all is kept', async () => {
  const clock = createMovableClock();
  const recorder = await database.startRecorder({ now: clock.now });
  const daysAgo = (days: number) => Date.now() - days * 86_400_000;
  clock.moveTo(daysAgo(401));
  for (let operation = 0; operation < 5; operation += 1) recorder.record(useOf(LEADS, { operation: `Old${operation}` }));
  recorder.record(useOf(LEADS, { operation: 'Both' }));
  clock.moveTo(daysAgo(399));
  recorder.record(useOf(LEADS, { operation: 'Both' }));
  clock.release();
  await recorder.flush();
  const readKept = async () => (await database.query<{ kept: Date | null }>('SELECT kept_since AS kept FROM usage_retention'))[0]!.kept;
  expect(await pruneUsage(database.owner.sql, 500)).toBe(false);
  expect(await readKept()).toBeNull();
  await database.query(
    `INSERT INTO usage_collector SELECT gen_random_uuid(), now() - interval '500 days', now() - age, NULL, 5000, 1 FROM unnest('{401 days,399 days}'::interval[]) AS age`,
  );

  const { sql } = database.owner;
  expect([await pruneUsage(sql, 400, 4), await pruneUsage(sql, 400, 4), await pruneUsage(sql, 400, 4)]).toEqual([true, false, false]);
  const kept = (await readKept())!.getTime();
  expect(kept).toBeGreaterThanOrEqual(daysAgo(401) - 1_000);
  expect(kept).toBeLessThanOrEqual(daysAgo(400));
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
