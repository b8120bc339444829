import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { keepWorking } from '../../../src/choice/migrate/keep-working.ts';
import { setPace } from '../../../src/choice/migrate/pace.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { readStatus } from '../../../src/choice/migrate/status.ts';
import { runWorker, type WorkerState } from '../../../src/choice/migrate/worker.ts';
import { useChildProgram } from '../../harness/child-program.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';
import { countLeads, insertUnmigratedLeads, listBatches, recordUpdates } from './unmigrated-leads.ts';
import { shutGate } from './update-gate.ts';

const TENANTS = ['acme', 'globex', 'initech'];
const LEADS = 60;
const BATCH_SIZE = 5;

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: TENANTS });
  client = await connect(crm.database.superuserUrl);
  for (const slug of TENANTS) await insertUnmigratedLeads(client, crm.tenant(slug).id, LEADS);
  await recordUpdates(client);
  await setPace(crm.owner.sql, { batchSize: BATCH_SIZE }, { dryRun: false });
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

const startProcess = useChildProgram('worker-program');
const scope = () => ({ ...crm.scope, fields: [LEAD_INDUSTRY] });
const request = () => requestMigration(crm.owner.sql, scope(), crm.run);
const work = (onState: (state: WorkerState) => Promise<void> | void = () => undefined) =>
  runWorker(crm.owner.sql, crm.scope, { onState, endsAt: ({ kind }) => kind === 'idle' });

test('two workers, and a third that joins and is killed in the middle of a batch, do every row once', async () => {
  await request();
  const gate = await shutGate(client);
  const two = Promise.all([work(), work()]);
  await gate.arrived(2);
  const third = await startProcess(crm.database.ownerUrl);
  await gate.arrived(3);
  // Each has a part to itself.
  expect((await client.query('SELECT FROM choice_tenant_state WHERE wanted FOR UPDATE SKIP LOCKED')).rows).toEqual([]);
  third.kill('SIGKILL');
  await third.ended;
  await gate.open();
  await two;
  const total = LEADS * TENANTS.length;
  expect(await countLeads(client)).toEqual({ rows: total, missing: 0, updated: { 1: total } });
  expect((await readStatus(crm.owner.sql, scope())).fields.map(({ phase }) => phase)).toEqual(['migrated', 'migrated', 'migrated']);
  const { rows: deadlocks } = await client.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  expect(deadlocks).toEqual([{ deadlocks: '0' }]);
});

test('a batch is one transaction of at most so many rows, and nobody writes what it does not have to', async () => {
  const hash = async () =>
    (
      await client.query(
        `SELECT md5(string_agg(to_jsonb(lead)::text || industry, ',' ORDER BY id)) AS hash FROM (SELECT id, industry, version, updated_at, company FROM lead) AS lead`,
      )
    ).rows[0];
  const before = await hash();
  await request();
  await work();
  expect(await listBatches(client)).toEqual(Array.from({ length: (LEADS / BATCH_SIZE) * TENANTS.length }, () => BATCH_SIZE));
  expect(await hash()).toEqual(before);
});

test('a worker does nothing that nobody asked for', async () => {
  const states: WorkerState[] = [];
  await work((state) => void states.push(state));
  expect(states).toEqual([{ kind: 'idle' }]);
  expect(await countLeads(client)).toMatchObject({ missing: LEADS * TENANTS.length });
});

test('a worker of one tenant leaves the others alone', async () => {
  await request();
  await runWorker(
    crm.owner.sql,
    { ...crm.scope, tenants: [crm.tenant('globex')] },
    { onState: () => undefined, endsAt: ({ kind }) => kind === 'idle' },
  );
  const { rows } = await client.query('SELECT DISTINCT tenant_id FROM lead_update');
  expect(rows).toEqual([{ tenant_id: crm.tenant('globex').id }]);
});

test('what is asked for while it is under way begins anew, and misses no row that comes to resolve meanwhile', async () => {
  await client.query('ALTER TABLE lead DISABLE TRIGGER USER');
  await client.query(`UPDATE lead SET industry = 'telecom' WHERE id = (SELECT id FROM lead WHERE tenant_id = $1 ORDER BY id LIMIT 1)`, [
    crm.tenant('acme').id,
  ]);
  await client.query('ALTER TABLE lead ENABLE TRIGGER USER');
  await request();
  let asked = false;
  await work(async ({ kind }) => {
    if (kind !== 'working' || asked) return;
    asked = true;
    await client.query(
      `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'telecom', id FROM industry WHERE tenant_id = $1 AND key = 'tech'`,
      [crm.tenant('acme').id],
    );
    await request();
  });
  expect(await countLeads(client)).toMatchObject({ missing: 0, updated: { 1: LEADS * TENANTS.length } });
  expect((await readStatus(crm.owner.sql, scope())).fields.map(({ progress }) => [progress?.done, progress?.total])).toEqual(
    TENANTS.map(() => [LEADS, LEADS]),
  );
});

describe('a worker that loses its connection', () => {
  test('goes on, and says so once', async () => {
    await request();
    const lost: unknown[] = [];
    let kills = 3;
    await keepWorking(crm.owner.sql, crm.scope, {
      signal: new AbortController().signal,
      onLost: (error) => void lost.push(error),
      endsAt: ({ kind }) => kind === 'idle',
      onState: async ({ kind }) => {
        if (kind !== 'working' || kills === 0) return;
        kills -= 1;
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      },
    });
    expect(lost).toHaveLength(3);
    expect(await countLeads(client)).toEqual({ rows: 180, missing: 0, updated: { 1: 180 } });
  });

  test('that it never had fails', async () => {
    await crm.owner.close();
    const lost: unknown[] = [];
    const options = {
      signal: new AbortController().signal,
      onState: () => undefined,
      endsAt: () => true,
      onLost: (error: unknown) => void lost.push(error),
    };
    await expect(keepWorking(crm.owner.sql, crm.scope, options)).rejects.toThrow();
    expect(lost).toEqual([]);
  });

  test('ends quietly when it is told to', async () => {
    await request();
    const stop = new AbortController();
    const gate = await shutGate(client);
    const working = keepWorking(crm.owner.sql, crm.scope, {
      signal: stop.signal,
      onState: () => undefined,
      endsAt: () => false,
      onLost: () => undefined,
    });
    const [pid] = await gate.arrived();
    stop.abort();
    await client.query('SELECT pg_cancel_backend($1)', [pid]);
    await working;
    await gate.open();
    expect(await countLeads(client)).toMatchObject({ missing: 180 });
    const { rows } = await client.query('SELECT FROM choice_quarantine');
    expect(rows).toEqual([]);
  });
});
