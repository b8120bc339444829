import { expect, test } from '@jest/globals';
import { createUsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';
import { useChildProgram } from '../../harness/child-program.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { createFlakyDatabase, isDeprecated, TENANT, useOf, useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const startProgram = useChildProgram('usage-recorder-program');
const LEADS = ['Lead.id', 'Lead.industry', 'Query.leads'];
const USES = `web 1.0 Leads ${TENANT}`;

test('a flush whose commit nobody heard of counts once', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({}, flaky.db);
  recorder.record(useOf(LEADS));
  flaky.loseNextCommit();
  await expect(recorder.flush()).rejects.toThrow('Connection terminated');
  recorder.record(useOf(LEADS));
  expect(await database.countUses()).toEqual({ [USES]: 1 });
  await recorder.flush();
  await recorder.flush();
  expect(await database.countUses()).toEqual({ [USES]: 2 });
  expect(await database.query('SELECT operations::int FROM usage_collector_hour')).toEqual([{ operations: 2 }]);
  expect(recorder.statistics()).toMatchObject({ operations: 2, lost: 0, held: 0 });
});

test('a flush that breaks off at any of its statements counts once', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({}, flaky.db);
  let operations = 0;
  let failures = 0;
  for (let statement = 1; ; statement += 1) {
    // A shape of its own each time: it has to be stored as well.
    recorder.record(useOf([...LEADS, `Lead.f${statement}`]));
    operations += 1;
    flaky.failAt(statement);
    const failed = await recorder.flush().then(
      () => false,
      () => true,
    );
    if (!failed) break;
    failures += 1;
    recorder.record(useOf(LEADS));
    operations += 1;
    await recorder.flush();
    expect(await database.countUses()).toEqual({ [USES]: operations });
  }
  // The limit of time, the sequence, shapes, hours, figures, and the clients afterwards.
  expect(failures).toBe(6);
  expect(flaky.isArmed()).toBe(true);
  expect(database.errors).toHaveLength(6);
});

test('a flush whose connection is ended in the middle counts once', async () => {
  const recorder = await database.startRecorder();
  const client = await database.owner.pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE usage_hour IN EXCLUSIVE MODE');
    recorder.record(useOf(LEADS));
    const flushed = recorder.flush().then(
      () => 'flushed',
      () => 'failed',
    );
    const END = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await waitUntil('the flush that waits for the lock', async () => (await database.query(END)).length > 0);
    expect(await flushed).toBe('failed');
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await recorder.flush();
  expect(await database.countUses()).toEqual({ [USES]: 1 });
});

test('flushes that are asked for together are one; one that is asked for during another stores what came since', async () => {
  const recorder = await database.startRecorder();
  const sequence = async () => (await database.query<{ sequence: string }>('SELECT sequence FROM usage_collector'))[0]!.sequence;
  const before = Number(await sequence());
  recorder.record(useOf(LEADS));
  const first = recorder.flush();
  recorder.record(useOf(LEADS));
  await Promise.all([first, recorder.flush(), recorder.flush(), recorder.flush()]);
  expect(await database.countUses()).toEqual({ [USES]: 2 });
  expect(Number(await sequence())).toBe(before + 2);
});

test('while the database is away it keeps what there is room for, counts the rest as lost, and says so once', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({ limits: { rows: 3, reservedRows: 2 } }, flaky.db);
  flaky.setAway(true);
  for (let use = 0; use < 10; use += 1) {
    recorder.record(useOf(['Lead.id', 'Lead.industry'], { operation: `Op${use}`, client: `client${use}` }));
    await expect(recorder.flush()).rejects.toThrow('Connection terminated');
  }
  recorder.record(useOf(['Lead.id'], { operation: 'Modern' }));
  expect(database.errors).toHaveLength(1);
  expect(recorder.statistics()).toMatchObject({ operations: 11, lost: 8 });

  flaky.setAway(false);
  await recorder.flush();
  expect(await database.countUses()).toEqual({
    [`client0 1.0 Op0 ${TENANT}`]: 1,
    [`client1 1.0 Op1 ${TENANT}`]: 1,
    [`client2 1.0 Op2 ${TENANT}`]: 1,
    [`client3 1.0 (others) ${TENANT}`]: 1,
    [`client4 1.0 (others) ${TENANT}`]: 1,
    '(others)  (others)': 5,
  });
  expect(
    await database.query('SELECT sum(count)::int FROM usage_hour JOIN usage_shape ON id = shape_id WHERE coordinates @> $1', [
      ['Lead.industry'],
    ]),
  ).toEqual([{ sum: 10 }]);
  expect(await database.query('SELECT operations::int, lost::int FROM usage_collector_hour')).toEqual([{ operations: 11, lost: 8 }]);
  flaky.setAway(true);
  await expect(recorder.flush()).rejects.toThrow();
  expect(database.errors).toHaveLength(2);
  flaky.setAway(false);
});

test('closing gives up on a database that is away, and says what is lost', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({ closeWithinMs: 20 }, flaky.db);
  recorder.record(useOf(LEADS));
  flaky.setAway(true);
  await expect(recorder.flush()).rejects.toThrow('Connection terminated');
  await recorder.close();
  expect(database.errors.map(String)).toEqual([
    expect.stringContaining('Connection terminated'),
    expect.stringContaining('could not be stored within 0.02 s: 1 rows are lost'),
  ]);
});

test('closing gives up on a database that does not answer', async () => {
  const recorder = await database.startRecorder({ closeWithinMs: 20 });
  const client = await database.owner.pool.connect();
  try {
    await client.query('BEGIN; LOCK TABLE usage_hour IN EXCLUSIVE MODE');
    recorder.record(useOf(LEADS));
    await recorder.close();
    expect(database.errors.map(String)).toEqual([expect.stringContaining('1 rows are lost')]);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
  await waitUntil('the flush that was under way', async () => USES in (await database.countUses()));
});

test('closing tries again where the connection is lost once', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({}, flaky.db);
  recorder.record(useOf(LEADS));
  flaky.failAt(3);
  await recorder.close();
  expect(await database.countUses()).toEqual({ [USES]: 1 });
  expect(await database.query('SELECT FROM usage_collector WHERE stopped_at IS NOT NULL')).toHaveLength(1);
});

test('more than fits one transaction is stored in several, of which the last alone says that all is stored', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  const recorder = await database.startRecorder({ limits: { shapes: 30_000 } }, flaky.db);
  const [before] = await database.query<{ seen_at: Date; sequence: string }>('SELECT seen_at, sequence FROM usage_collector');
  for (let use = 0; use < 10_001; use += 1) recorder.record(useOf(['Lead.id'], { operation: `Op${use}` }));
  flaky.loseNextCommit();
  await expect(recorder.flush()).rejects.toThrow();
  expect(await database.query('SELECT seen_at, sequence FROM usage_collector')).toEqual([
    { seen_at: before!.seen_at, sequence: String(Number(before!.sequence) + 1) },
  ]);
  await recorder.flush();
  expect(Object.keys(await database.countUses())).toHaveLength(10_001);
  const [after] = await database.query<{ seen_at: Date }>('SELECT seen_at FROM usage_collector');
  expect(after!.seen_at.getTime()).toBeGreaterThan(before!.seen_at.getTime());
});

test('processes that count the same hours in opposite order do not block each other for good', async () => {
  const recorders = [await database.startRecorder(), await database.startRecorder()];
  const uses = Array.from({ length: 1_500 }, (_, index) => useOf(['Lead.id'], { operation: `Op${index}` }));
  for (let round = 0; round < 4; round += 1) {
    for (const use of uses) recorders[0]!.record(use);
    for (const use of uses.toReversed()) recorders[1]!.record(use);
    await Promise.all(recorders.map((recorder) => recorder.flush()));
  }
  expect(database.errors).toEqual([]);
  expect(new Set(Object.values(await database.countUses()))).toEqual(new Set([8]));
});

test('a process that is killed while it records loses no more than what it recorded since its last flush', async () => {
  await database.query(
    `CREATE TABLE ledger (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text NOT NULL, operations integer NOT NULL)`,
  );
  const program = await startProgram(database.url);
  await waitUntil('some flushes', async () => (await database.query(`SELECT FROM ledger WHERE what = 'least'`)).length >= 5);
  program.kill('SIGKILL');
  await program.ended;
  const SESSIONS = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dynamic-choices' AND state <> 'idle' AND pid <> pg_backend_pid()`;
  await waitUntil('the end of its sessions', async () => (await database.query(SESSIONS)).length === 0);
  const [told] = await database.query<{ least: number; most: number }>(
    `SELECT max(operations) FILTER (WHERE what = 'least') AS least, max(operations) FILTER (WHERE what = 'most') AS most FROM ledger`,
  );
  const [stored] = await database.query<{ uses: number; operations: number; running: boolean }>(
    `SELECT (SELECT sum(count)::int FROM usage_hour) AS uses, sum(operations)::int AS operations, bool_and(stopped_at IS NULL) AS running
     FROM usage_collector_hour JOIN usage_collector USING (process_id)`,
  );
  expect(stored!.uses).toBeGreaterThanOrEqual(told!.least);
  expect(stored!.uses).toBeLessThanOrEqual(told!.most);
  expect(stored).toMatchObject({ operations: stored!.uses, running: true });
  await database.query('DROP TABLE ledger');
});

test('a batch that is tried again while its first try is under way counts once', async () => {
  const { sql } = database.owner;
  const { storeBatch } = await import('../../../src/evolution/usage/store-batch.ts');
  const { createUsageClock } = await import('../../../src/evolution/usage/usage-clock.ts');
  const { createUsageBuffer, usageLimits } = await import('../../../src/evolution/usage/usage-buffer.ts');
  const clock = createUsageClock();
  const buffer = createUsageBuffer(isDeprecated, usageLimits, clock);
  buffer.record(useOf(LEADS));
  const batch = { ...buffer.take(), sequence: 1, completeAt: clock.now() };
  const collector = { processId: TENANT, clock, startedAt: clock.now(), flushEveryMs: 5_000, storedShapes: new Set<string>() };
  await Promise.all([1, 2, 3].map(() => storeBatch(sql, { ...collector, storedShapes: new Set() }, batch)));
  expect(await database.countUses()).toEqual({ [USES]: 1 });
});

test('there is no recorder before the database knows of it', async () => {
  const flaky = createFlakyDatabase(database.owner.sql);
  flaky.setAway(true);
  await expect(database.startRecorder({}, flaky.db)).rejects.toThrow('Connection terminated');
  flaky.setAway(false);
  const recorder = await createUsageRecorder(flaky.db, { isDeprecated, flushEveryMs: 600_000, processId: TENANT });
  expect(await database.query('SELECT process_id, stopped_at, started_at <= seen_at AS began FROM usage_collector')).toEqual([
    { process_id: TENANT, stopped_at: null, began: true },
  ]);
  await recorder.close();
});
