import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { createRunExecutor } from '../../../src/choice/runs/run-executor.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntil } from '../../harness/wait-until.ts';

describe('runs whose server is gone', () => {
  let crm: TestCrm;
  beforeEach(async () => {
    crm = await createTestCrm({ phase: 'preferred', tenants: ['acme'] });
  });
  afterEach(() => crm.close());

  const insertRollback = async (field: string, minutesAgo: number) =>
    void (await crm.owner.pool.query(
      `INSERT INTO choice_run (step, fields, options, requested_by, requested_at, process_id)
       VALUES ('rollback', ARRAY[$1], '{"to": "migrated"}', 'somebody', now() - make_interval(mins => $2), gen_random_uuid())`,
      [field, minutesAgo],
    ));

  test('are taken over, but for a rollback that was asked for too long ago: that fails, and says why', async () => {
    await insertRollback('Lead.industry', 11);
    await insertRollback('Account.industry', 9);
    const onError = jest.fn();
    const executor = createRunExecutor({ db: crm.owner.sql, registry: choiceRegistry, processId: randomUUID(), onError });
    await waitUntil('both have ended', async () => {
      const { rows } = await crm.owner.pool.query(`SELECT FROM choice_run WHERE status = 'running'`);
      return rows.length === 0;
    });
    await executor.close();
    const { rows: runs } = await crm.owner.pool.query(
      `SELECT fields[1] AS field, status, error, finished_at IS NOT NULL AS finished FROM choice_run ORDER BY 1`,
    );
    expect(runs).toEqual([
      { field: 'Account.industry', status: 'succeeded', error: null, finished: true },
      {
        field: 'Lead.industry',
        status: 'failed',
        error: expect.stringContaining('10 minutes ago: it was not begun again'),
        finished: true,
      },
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
});

test.each([
  ['a database that restarts', '57P03', 0],
  ['a database that lacks a table', '42P01', 1],
])('looking for runs, of %s (%s) it reports %i errors', async (_, code, errors) => {
  const failure = Object.assign(new Error('no answer'), { code });
  const connectOnce = jest.fn(() => Promise.reject(failure));
  const pool: Pick<PostgresPool, 'connect'> = { connect: connectOnce };
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as PostgresPool }) });
  const onError = jest.fn();
  const executor = createRunExecutor({ db, registry: choiceRegistry, processId: randomUUID(), onError });
  await waitUntil('it has asked', () => connectOnce.mock.calls.length > 0);
  await nextTurn();
  expect(onError).toHaveBeenCalledTimes(errors);
  await executor.close();
});
