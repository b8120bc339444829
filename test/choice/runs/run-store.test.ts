import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RunRequest } from '../../../src/choice/runs/choice-run.ts';
import { adoptRuns, findRun, finishRun, insertRun, isHeld, listRuns } from '../../../src/choice/runs/run-store.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { openStatementLog, type StatementLog } from '../../harness/statement-log.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

const FIELDS = ['Lead.industry', 'Account.industry'].map((coordinate) => choiceRegistry.field(coordinate)!);

let crm: TestCrm;
let log: StatementLog;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  log = openStatementLog(crm.database.ownerUrl);
});
afterEach(async () => {
  await crm.owner.pool.query('DELETE FROM choice_run; DELETE FROM choice_process; UPDATE choice_tenant_state SET done = 0, total = 0');
});
afterAll(async () => {
  await log.close();
  await crm.close();
});

const request = (more: Partial<RunRequest> = {}): RunRequest => ({
  step: 'migrate',
  fields: FIELDS,
  tenants: undefined,
  requestedBy: 'somebody',
  ...more,
});
const insert = (processId: string, more?: Partial<RunRequest>) => insertRun(crm.owner.sql, request(more), processId);
const adopt = async (processId: string, known: string[] = []) => (await adoptRuns(crm.owner.sql, processId, known)).map(({ id }) => id);
/** `connected`: since so many seconds; null: it has no backend. */
const insertProcess = async (id: string, seenSecondsAgo: number, connected: number | null) => {
  await crm.owner.pool.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, seen_at)
     SELECT $1, 'server', 'choices serve', 'somewhere', 1, CASE WHEN $3::int IS NULL THEN -1 ELSE pid END, backend_start, now() - make_interval(secs => $2)
     FROM pg_stat_activity WHERE pid = (SELECT min(pid) FROM pg_stat_activity WHERE datname = current_database())`,
    [id, seenSecondsAgo, connected],
  );
};

describe('a run of another server', () => {
  const other = randomUUID();
  const self = randomUUID();
  test.each([
    ['is connected and heard of', 0, true, false],
    ['is connected, and has been silent for 20 s', 20, true, false],
    ['is connected, and has been silent for 31 s', 31, true, true],
    ['was heard of a moment ago, and is connecting again', 1, false, false],
    ['has been neither connected nor heard of for 6 s', 6, false, true],
  ])('is left or taken by what is known of it: it %s', async (_, seen, isConnected, isTaken) => {
    const { id } = await insert(other);
    await insertProcess(other, seen, isConnected ? 60 : null);
    expect(await adopt(self)).toEqual(isTaken ? [id] : []);
    expect(await isHeld(crm.owner.sql, id, self)).toBe(isTaken);
  });

  test('is left to it where this server has itself just connected again: the database was away, and nobody could be heard of', async () => {
    await insert(other);
    await insertProcess(other, 60, null);
    await insertProcess(self, 0, null);
    await crm.owner.pool.query(`UPDATE choice_process SET backend_start = now() - interval '1 s' WHERE id = $1`, [self]);
    expect(await adopt(self)).toEqual([]);
    await crm.owner.pool.query(`UPDATE choice_process SET backend_start = now() - interval '6 s' WHERE id = $1`, [self]);
    expect(await adopt(self)).toHaveLength(1);
  });

  test('is taken where the server has left', async () => {
    const { id } = await insert(other);
    expect(await adopt(self)).toEqual([id]);
  });
});

test('a run of this server is taken up again where it is not among those that are known', async () => {
  const self = randomUUID();
  await insertProcess(self, 0, 60);
  const [known, cutOff] = [await insert(self), await insert(self)];
  expect(await adopt(self, [known.id])).toEqual([cutOff.id]);
});

test('who is gone is looked for, and its runs are taken, in one statement', async () => {
  await insert(randomUUID());
  expect(await log.capture(() => adoptRuns(log.sql, randomUUID(), []))).toHaveLength(1);
});

test('progress is what it is now as long as a run lasts, and then what the run came to', async () => {
  const self = randomUUID();
  const setProgress = (done: number, total: number) =>
    crm.owner.pool.query(`UPDATE choice_tenant_state SET done = $1, total = $2 WHERE field = 'Lead.industry' AND tenant_id = $3`, [
      done,
      total,
      crm.tenant('acme').id,
    ]);
  const tenants = [crm.tenant('acme')];
  const [first, failed, verified] = [await insert(self, { tenants }), await insert(self), await insert(self, { step: 'verify' })];
  const progressOf = async ({ id }: { id: string }) => (await findRun(crm.owner.sql, id, null))!.progress;
  await setProgress(3, 8);
  expect(await progressOf(first)).toEqual({ done: 3, total: 8 });
  const result = { ok: true, fields: [], findings: [], blockers: [] };
  await finishRun(crm.owner.sql, first.id, self, { status: 'succeeded', result, error: null });
  await finishRun(crm.owner.sql, failed.id, self, { status: 'failed', result: null, error: 'Internal error' });
  await finishRun(crm.owner.sql, verified.id, self, { status: 'succeeded', result, error: null });
  await setProgress(0, 5);
  expect(await findRun(crm.owner.sql, first.id, null)).toMatchObject({ result, progress: { done: 3, total: 8 } });
  expect(await findRun(crm.owner.sql, failed.id, null)).toMatchObject({ result: null, progress: { done: 3, total: 8 } });
  expect(await findRun(crm.owner.sql, verified.id, null)).toMatchObject({ result, progress: null });
});

test('runs are listed with slugs and progress, in one statement for any number of them', async () => {
  for (const tenants of [undefined, [crm.tenant('globex'), crm.tenant('acme')], [crm.tenant('acme')]])
    await insert(randomUUID(), { tenants });
  const statements = await log.capture(async () => {
    expect((await listRuns(log.sql, null, 100)).map(({ tenants }) => tenants)).toEqual([['acme'], ['acme', 'globex'], null]);
  });
  expect(statements).toHaveLength(1);
});
