import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { setPace } from '../../../../src/choice/migrate/pace.ts';
import { createRunExecutor, type RunExecutor, type RunExecutorOptions } from '../../../../src/choice/runs/run-executor.ts';
import { reopenMergeRuns } from '../../../../src/choice/runs/run-store.ts';
import { createWorkplace } from '../../../../src/choice/runs/workplace.ts';
import { choiceRegistry } from '../../../../src/crm/choice-fields.ts';
import { sqlOn } from '../../../../src/database/sql-on-client.ts';
import { addColumns } from '../../../harness/regimes.ts';
import { waitUntil } from '../../../harness/wait-until.ts';
import { planOutage } from '../../runs/outage.ts';
import { createMergeCrm, FIELDS, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
const start = async (phase: 'migrated' | 'contracted') => {
  merging = await createMergeCrm(phase, async (crm) => {
    for (const field of FIELDS) for (let count = 0; count < 10; count++) await crm.insert(field, count % 2 === 0 ? 'finance' : 'Bank');
  });
};
beforeEach(() => start('migrated'));
afterEach(() => merging.close());

const countLeft = async () => {
  let left = 0;
  for (const field of FIELDS) left += [...(await merging.read(field)).values()].filter(([, ref]) => ref === 'finance').length;
  return left;
};
const readRuns = async () =>
  (await merging.client.query(`SELECT status, step, fields, requested_by, error FROM choice_run ORDER BY id`)).rows as Record<
    string,
    unknown
  >[];

describe('a run', () => {
  let executor: RunExecutor;
  let onError: jest.Mock<RunExecutorOptions['onError']>;
  const createExecutor = (db = merging.crm.owner.sql) =>
    (executor = createRunExecutor({
      db,
      workplace: createWorkplace(db),
      registry: choiceRegistry,
      processId: randomUUID(),
      onError,
      onCutOff: () => undefined,
    }));
  beforeEach(() => void (onError = jest.fn()));
  afterEach(() => executor.close());
  const untilEnded = () => waitUntil('the run has ended', async () => (await readRuns()).every(({ status }) => status !== 'running'));

  test('is asked for in the transaction of the merge, and taken up by any server', async () => {
    createExecutor();
    const merger = await merging.connect();
    await merger.query('BEGIN');
    await merging.merge(['finance'], 'tech', { mostAtOnce: 0 }, sqlOn(merger));
    await merger.query('ROLLBACK');
    expect(await readRuns()).toEqual([]);

    const { runId, moved } = await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
    expect([moved, await countLeft(), runId]).toEqual([0, 20, expect.any(String)]);
    await untilEnded();
    expect(await readRuns()).toEqual([
      { status: 'succeeded', step: 'merge', fields: ['Lead.industry', 'Account.industry'], requested_by: 'ada', error: null },
    ]);
    expect(await countLeft()).toBe(0);
    expect(onError).not.toHaveBeenCalled();
  });

  test.each(['blocked', 'failed'])(
    'that came to no end, %s, is begun again after a minute as long as refs have to follow',
    async (status) => {
      const end = (seconds: number) =>
        merging.client.query(`UPDATE choice_run SET status = $1, error = 'in the way', finished_at = now() - make_interval(secs => $2)`, [
          status,
          seconds,
        ]);
      await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
      await end(59);
      await reopenMergeRuns(merging.crm.owner.sql);
      expect(await readRuns()).toMatchObject([{ status }]);

      await end(61);
      createExecutor();
      await waitUntil('the run has succeeded', async () => (await readRuns())[0]!['status'] === 'succeeded');
      expect([await countLeft(), await readRuns()]).toEqual([0, [expect.objectContaining({ error: null })]]);
      await end(61);
      await reopenMergeRuns(merging.crm.owner.sql);
      expect(await readRuns()).toMatchObject([{ status }]);
    },
  );

  test('that is cut off between two batches goes on where it was', async () => {
    await setPace(merging.crm.owner.sql, { batchSize: 3 }, merging.crm.run);
    await merging.client.query(`
      CREATE TABLE moved (id uuid);
      CREATE FUNCTION record_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO moved VALUES (NEW.id); RETURN NULL; END $$;
      CREATE TRIGGER record_move AFTER UPDATE ON lead FOR EACH ROW EXECUTE FUNCTION record_move();
      CREATE TRIGGER record_move AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION record_move()`);
    await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
    const outage = planOutage(merging.crm.owner.sql);
    let batches = 0;
    const pattern = { test: (text: string) => text.includes('survivors AS MATERIALIZED') && ++batches === 3 } as RegExp;
    const broken = outage.breakAt(pattern);
    createExecutor(outage.db);
    await broken;
    expect(await countLeft()).toBe(20 - 2 * 3);
    expect(await readRuns()).toMatchObject([{ status: 'running' }]);
    outage.end();
    await untilEnded();
    expect(await readRuns()).toMatchObject([{ status: 'succeeded' }]);
    const { rows } = await merging.client.query('SELECT count(*)::int AS moves, count(DISTINCT id)::int AS records FROM moved');
    expect(rows).toEqual([{ moves: 20, records: 20 }]);
  });
});

test('nobody asks for a run of another tenant, but the owner', async () => {
  const api = await merging.connect();
  const other = merging.crm.tenant('globex').id;
  const ask = `SELECT request_merge_run($1, '{Lead.industry}', 'x')`;
  await expect(api.query(ask, [other])).rejects.toMatchObject({ code: '42501' });
  await merging.client.query(ask, [other]);
  expect(await readRuns()).toHaveLength(1);
});

test('batches are as large as the pace says', async () => {
  await setPace(merging.crm.owner.sql, { batchSize: 4 }, merging.crm.run);
  await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
  const done: number[] = [];
  await merging.settle({ onProgress: ({ step, tenant, done: rows }) => void (step === 'merge' && tenant === 'acme' && done.push(rows)) });
  expect(done.slice(0, 6)).toEqual([4, 8, 10, 14, 18, 20]);
});

test('rows that somebody holds are passed over, the others move, and nobody waits for them; they follow once they are free', async () => {
  const [held] = (await merging.read(LEAD)).keys();
  const holder = await merging.connect('owner');
  await holder.query(`SET application_name = 'a batch job'; BEGIN`);
  await holder.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [held]);
  await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
  const stuck = await merging.settle({ openTransactionCap: 0 });
  expect(stuck.ok).toBe(false);
  expect(stuck.blockers[0]!.message).toMatch(
    /somebody holds rows whose refs have to move: the table lead is locked by pid \d+ \(a batch job\)/,
  );
  expect(await countLeft()).toBe(1);
  const settled = merging.settle();
  await holder.query('COMMIT');
  expect(await settled).toMatchObject({ ok: true });
  expect(await countLeft()).toBe(0);
});

test('a row that cannot be written goes to quarantine, and the others move', async () => {
  const [broken] = (await merging.read(LEAD)).keys();
  await merging.client.query(`UPDATE lead SET company = 'Broken' WHERE id = $1`, [broken]);
  await merging.client.query(`ALTER TABLE lead ADD CONSTRAINT never CHECK (company <> 'Broken') NOT VALID`);
  const { moved } = await merging.merge(['finance'], 'tech');
  expect(moved).toBe(0);
  expect(await merging.settle()).toMatchObject({ ok: true });
  const { rows } = await merging.client.query('SELECT field, record_id, error FROM choice_quarantine');
  expect(rows).toEqual([{ field: 'Lead.industry', record_id: broken, error: expect.stringContaining('never') }]);
  expect(await countLeft()).toBe(1);
});

test('while a column is being filled no ref moves, and a rollback that was cut off is named', async () => {
  await merging.close();
  await start('contracted');
  await addColumns(merging.crm);
  expect(await merging.merge(['finance'], 'tech')).toMatchObject({ moved: 0 });
  const stuck = await merging.settle({ openTransactionCap: 0 });
  expect(stuck.blockers.map(({ code, field }) => [code, field])).toEqual([
    ['RESTORE_UNFINISHED', 'Lead.industry'],
    ['RESTORE_UNFINISHED', 'Account.industry'],
  ]);
  await merging.crm.rollback('preferred');
  expect(await merging.settle()).toMatchObject({ ok: true });
  expect(await countLeft()).toBe(0);
  expect(new Set([...(await merging.read(LEAD)).values()].map(([string]) => string))).toEqual(new Set(['finance', 'Bank']));
});

test('a merge that was undone while its rows moved is settled by what holds then', async () => {
  await merging.merge(['finance'], 'tech', { mostAtOnce: 0 });
  await setPace(merging.crm.owner.sql, { batchSize: 3 }, merging.crm.run);
  let undone: Promise<unknown> | undefined;
  await merging.settle({ onProgress: () => void (undone ??= merging.undo('finance', { mostAtOnce: 0 })) });
  await undone;
  await merging.settle();
  expect(await countLeft()).toBe(20);
  const { rows } = await merging.client.query(
    'SELECT settled_at IS NOT NULL AS settled, undone_at IS NOT NULL AS undone FROM choice_merge',
  );
  expect(rows).toEqual([{ settled: true, undone: true }]);
});
