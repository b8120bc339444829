import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createBatchSizer } from '../../../src/choice/migrate/backfill/batch-size.ts';
import { holdRate } from '../../../src/choice/migrate/backfill/rate.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { PACE_LIMITS, type Pace, readPace, setPace } from '../../../src/choice/migrate/pace.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';
import { countLeads, insertUnmigratedLeads, listBatches, recordUpdates } from './unmigrated-leads.ts';

const LEADS = 60;

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  client = await connect(crm.database.ownerUrl);
  await insertUnmigratedLeads(client, crm.tenant('acme').id, LEADS);
  await recordUpdates(client);
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

const scope = () => ({ ...crm.scope, fields: [LEAD_INDUSTRY] });
const set = (changes: Partial<Pace>) => setPace(crm.owner.sql, changes, { dryRun: false });

/** Works until nothing is left, and changes the pace after so many batches. */
async function workAndChange(changes: Readonly<Record<number, Partial<Pace>>>): Promise<number[]> {
  await requestMigration(crm.owner.sql, scope(), crm.run);
  let batches = 0;
  await runWorker(crm.owner.sql, scope(), {
    endsAt: ({ kind }) => kind === 'idle',
    onState: async ({ kind }) => {
      const change = kind === 'working' ? changes[++batches] : undefined;
      if (change) await set(change);
    },
  });
  expect(await countLeads(client)).toEqual({ rows: LEADS, missing: 0, updated: { 1: LEADS } });
  return listBatches(client);
}

describe('while a backfill runs', () => {
  test('the size of its batches follows the pace', async () => {
    await set({ batchSize: 3 });
    expect(await workAndChange({ 2: { batchSize: 10 }, 4: { batchSize: 1 }, 6: { batchSize: 8 } })).toEqual([
      3, 3, 10, 10, 1, 1, 8, 8, 8, 8,
    ]);
  });

  test('a limit of rows per second holds at every moment, and goes as it came', async () => {
    await set({ batchSize: 10, rowsPerSecond: 20 });
    expect(await workAndChange({ 2: { rowsPerSecond: 50 }, 4: { rowsPerSecond: null } })).toEqual([2, 2, 5, 5, 10, 10, 10, 10, 6]);
  });
});

test('migrate sets the pace, and a dry run of it does not', async () => {
  const migrate = (dryRun: boolean) => migrateRecords(crm.owner.sql, scope(), { ...crm.run, dryRun, batchSize: 7, rate: 1_000 });
  await migrate(true);
  expect(await readPace(crm.owner.sql)).toMatchObject({ batchSize: 2_000, rowsPerSecond: null });
  await migrate(false);
  expect(await readPace(crm.owner.sql)).toMatchObject({ batchSize: 7, rowsPerSecond: 1_000 });
  await migrateRecords(crm.owner.sql, scope(), { ...crm.run, rate: null });
  expect(await readPace(crm.owner.sql)).toMatchObject({ batchSize: 7, rowsPerSecond: null });
});

test('what is not given stays, and a dry run answers what would hold', async () => {
  const before = await readPace(crm.owner.sql);
  expect(await setPace(crm.owner.sql, { maxReplicationLagBytes: 5 }, { dryRun: true })).toEqual({ ...before, maxReplicationLagBytes: 5 });
  expect(await readPace(crm.owner.sql)).toEqual(before);
  expect(await set({ maxReplicationLagBytes: Number.MAX_SAFE_INTEGER, maxWriteMs: 1, maxLockWaitMs: 2 })).toEqual({
    ...before,
    maxReplicationLagBytes: Number.MAX_SAFE_INTEGER,
    maxWriteMs: 1,
    maxLockWaitMs: 2,
  });
  expect(await set({})).toEqual(await readPace(crm.owner.sql));
});

test.each(Object.entries(PACE_LIMITS))('%s is a whole number from 1 to %d', async (name, most) => {
  const before = await readPace(crm.owner.sql);
  for (const wrong of [0, -1, 1.5, most + 1, Number.NaN])
    await expect(set({ [name]: wrong })).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(name) });
  expect(await readPace(crm.owner.sql)).toEqual(before);
  expect(await set({ [name]: most })).toEqual({ ...before, [name]: most });
});

describe('a limit of rows per second', () => {
  const turn = (work: (most: number) => Promise<{ updated: number }>) =>
    crm.owner.sql.connection().execute((connection) => holdRate(connection, 100, undefined, work));

  test('gives the turn to one worker at a time, and back when its work fails', async () => {
    const nested = turn(async () => {
      expect(await turn(() => Promise.reject(new Error('two at once')))).toBeUndefined();
      throw new Error('this worker fails');
    });
    await expect(nested).rejects.toThrow('this worker fails');
    expect(await turn(() => Promise.resolve({ updated: 0 }))).toEqual({ updated: 0 });
  });

  test('passes the turn on only when the time of its rows is up', async () => {
    const { rows } = await client.query<{ start: Date }>('SELECT clock_timestamp() AS start');
    await turn((most) => Promise.resolve({ updated: most }));
    const { rows: end } = await client.query<{ early: boolean }>(`SELECT clock_timestamp() < $1::timestamptz + interval '95 ms' AS early`, [
      rows[0]!.start,
    ]);
    expect(end).toEqual([{ early: false }]);
  });
});

test('batches grow while they are short, shrink when they are long, and never beyond the pace', () => {
  const sizer = createBatchSizer();
  const sizes = [5, 5, 5, 50, 500, 5].map((milliseconds) => {
    const size = sizer.size(1_500);
    sizer.learn(milliseconds, size);
    return size;
  });
  expect(sizes).toEqual([500, 1_000, 1_500, 1_500, 1_500, 750]);
  sizer.learn(1_000, 0);
  expect(sizer.size(100_000)).toBe(1_500);
});
