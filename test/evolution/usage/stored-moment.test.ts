import { expect, test } from '@jest/globals';
import { waitUntil } from '../../harness/wait-until.ts';
import { useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();

test('what is said to be stored is stored, however long the database keeps a flush waiting', async () => {
  const recorder = await database.startRecorder();
  const holder = await database.owner.pool.connect();
  const readClock = async () => (await database.query<{ now: Date }>('SELECT clock_timestamp() AS now'))[0]!.now;
  let flushed: Promise<void>;
  let between: Date;
  try {
    await holder.query('BEGIN; LOCK TABLE usage_collector IN EXCLUSIVE MODE');
    recorder.record(useOf(['Lead.id'], { operation: 'Stored' }));
    flushed = recorder.flush();
    const WAITING = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await waitUntil('the flush that waits for the lock', async () => (await database.query(WAITING)).length > 0);
    between = await readClock();
    recorder.record(useOf(['Lead.id'], { operation: 'Later' }));
    // Longer than anything else that a flush does takes.
    await waitUntil('the clock goes on', async () => (await readClock()).getTime() > between.getTime() + 500);
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  await flushed;
  const [stored] = await database.query<{ operation: string; seen: Date; used: Date }>(
    `SELECT operation, seen_at AS seen, last_seen AS used FROM usage_hour JOIN usage_shape ON id = shape_id, usage_collector`,
  );
  expect(stored).toMatchObject({ operation: 'Stored' });
  expect(stored!.seen.getTime()).toBeLessThanOrEqual(between.getTime());
  expect(stored!.used.getTime()).toBeLessThanOrEqual(stored!.seen.getTime());
});
