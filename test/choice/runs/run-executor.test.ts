import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import type { RunRequest } from '../../../src/choice/runs/choice-run.ts';
import { createRunExecutor, type RunExecutor, type RunExecutorOptions } from '../../../src/choice/runs/run-executor.ts';
import { createWorkplace } from '../../../src/choice/runs/workplace.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { Sql } from '../../../src/database/owner-database.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { type Outage, planOutage } from './outage.ts';

const INDUSTRY = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
let outage: Outage;
let executor: RunExecutor;
let onError: jest.Mock<RunExecutorOptions['onError']>;
let onCutOff: jest.Mock<RunExecutorOptions['onCutOff']>;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'preferred', tenants: ['acme'], fields: [INDUSTRY, choiceRegistry.field('Account.industry')!] });
  outage = planOutage(crm.owner.sql);
  onError = jest.fn();
  onCutOff = jest.fn();
});
afterEach(async () => {
  await executor.close();
  await crm.close();
});

const processId = randomUUID();
const createExecutor = (db: Sql) =>
  (executor = createRunExecutor({ db, workplace: createWorkplace(db), registry: choiceRegistry, processId, onError, onCutOff }));
const request = (step: RunRequest['step']): RunRequest => ({
  step,
  fields: [INDUSTRY],
  tenants: [crm.tenant('acme')],
  requestedBy: 'somebody',
  ...(step === 'rollback' && { to: 'migrated' }),
});
const readRuns = async () =>
  (
    await crm.owner.pool.query<{ field: string; status: string; error: string | null; finished: boolean }>(
      `SELECT fields[1] AS field, status, error, finished_at IS NOT NULL AS finished FROM choice_run ORDER BY 1`,
    )
  ).rows;
const untilEnded = () => waitUntil('every run has ended', async () => (await readRuns()).every(({ status }) => status !== 'running'));
const insertRun = async (step: string, field: string, minutesAgo: number, process: string = randomUUID()) =>
  void (await crm.owner.pool.query(
    `INSERT INTO choice_run (step, fields, options, requested_by, requested_at, process_id)
     VALUES ($1, ARRAY[$2], '{"to": "migrated"}', 'somebody', now() - make_interval(mins => $3), $4)`,
    [step, field, minutesAgo, process],
  ));
const SUCCEEDED = { field: 'Lead.industry', status: 'succeeded', error: null, finished: true };

test('runs whose server is gone are taken over, but for a rollback that was asked for too long ago: that fails, and says why', async () => {
  await insertRun('rollback', 'Lead.industry', 11);
  await insertRun('rollback', 'Account.industry', 9);
  createExecutor(crm.owner.sql);
  await untilEnded();
  expect(await readRuns()).toEqual([
    { ...SUCCEEDED, field: 'Account.industry' },
    { ...SUCCEEDED, status: 'failed', error: expect.stringContaining('10 minutes ago: it was not begun again') },
  ]);
  const { rows: parts } = await crm.owner.pool.query(
    `SELECT field, phase FROM choice_tenant_state WHERE field IN ('Lead.industry', 'Account.industry') ORDER BY 1`,
  );
  expect(parts).toEqual([
    { field: 'Account.industry', phase: 'migrated' },
    { field: 'Lead.industry', phase: 'preferred' },
  ]);
  expect(onError).not.toHaveBeenCalled();
});

describe('a database that is shut down and comes back', () => {
  test.each(['migrate', 'verify', 'prefer', 'rollback'] as const)('cuts a run off (%s), which is taken up again', async (step) => {
    const { start } = createExecutor(outage.db);
    const broken = outage.breakAt(/choice_tenant_state|LOCK TABLE/);
    const { id } = await start(request(step));
    await broken;
    await waitUntil('it is said that the run was cut off', () => onCutOff.mock.calls.length > 0);
    expect(await readRuns()).toEqual([{ ...SUCCEEDED, status: 'running', finished: false }]);
    outage.end();
    await untilEnded();
    expect(await readRuns()).toEqual([SUCCEEDED]);
    expect(onCutOff).toHaveBeenCalledWith(expect.objectContaining({ code: '57P01' }), expect.objectContaining({ id, step }));
    expect(onError).not.toHaveBeenCalled();
  });

  test('fails no run by a connection that was lost, though it answers the next statement', async () => {
    const { start } = createExecutor(outage.db);
    const failed = outage.failOnce(/choice_tenant_state|LOCK TABLE/);
    await start(request('verify'));
    await failed;
    await untilEnded();
    expect(await readRuns()).toEqual([SUCCEEDED]);
  });

  test('keeps a run whose request was never answered: it is carried out', async () => {
    const { start } = createExecutor(outage.db);
    const lost = outage.loseAnswer(/INSERT INTO choice_run/);
    await expect(start(request('verify'))).rejects.toMatchObject({ code: '57P01' });
    await lost;
    await untilEnded();
    expect(await readRuns()).toEqual([SUCCEEDED]);
  });

  test('is told how a run ended once it is back, and the run is not begun again', async () => {
    await insertRun('verify', 'Lead.gone', 0, processId);
    const broken = outage.breakAt(/^\s*UPDATE choice_run AS run/);
    createExecutor(outage.db);
    await broken;
    expect(await readRuns()).toEqual([{ field: 'Lead.gone', status: 'running', error: null, finished: false }]);
    outage.end();
    await untilEnded();
    expect(await readRuns()).toMatchObject([{ status: 'failed', error: 'There is no choice field Lead.gone any more' }]);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(onError).toHaveBeenCalledWith(expect.any(Error), expect.objectContaining({ id: expect.any(String), step: 'verify' }));
  });
});

test('a run that waits for its turn begins with it, and not at all where the server closes before', async () => {
  const client = await crm.owner.pool.connect();
  await client.query('BEGIN; LOCK TABLE choice_acceptance IN ACCESS EXCLUSIVE MODE');
  const { start, close } = createExecutor(crm.owner.sql);
  try {
    for (let count = 0; count < 3; count += 1) await start({ ...request('verify'), fields: [INDUSTRY] });
    const countBlocked = `SELECT FROM pg_locks WHERE relation = 'choice_acceptance'::regclass AND NOT granted`;
    await waitUntil('two of them wait for the lock', async () => (await client.query(countBlocked)).rows.length === 2);
    await start(request('rollback'));
    await waitUntil('a step of another kind has ended', async () => (await readRuns()).some(({ status }) => status === 'succeeded'));
    const closing = close();
    await client.query('COMMIT');
    await closing;
  } finally {
    client.release();
  }
  expect((await readRuns()).map(({ status }) => status).toSorted()).toEqual(['running', 'succeeded', 'succeeded', 'succeeded']);
});

test.each([
  ['a database that restarts', '57P03', 0],
  ['a database that lacks a table', '42P01', 1],
])('looking for runs, of %s (%s) it reports %i errors', async (_, code, errors) => {
  const failure = Object.assign(new Error('no answer'), { code });
  const connectOnce = jest.fn(() => Promise.reject(failure));
  const pool: Pick<PostgresPool, 'connect'> = { connect: connectOnce };
  createExecutor(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as PostgresPool }) }));
  await waitUntil('it has asked', () => connectOnce.mock.calls.length > 0);
  await nextTurn();
  expect(onError).toHaveBeenCalledTimes(errors);
});
