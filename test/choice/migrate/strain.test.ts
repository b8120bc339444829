import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { type Pace, readPace, setPace } from '../../../src/choice/migrate/pace.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { findStrain, measureStrain, type Strain } from '../../../src/choice/migrate/strain.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { joinProcesses } from '../../../src/choice/processes.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';
import { countLeads, insertUnmigratedLeads, recordUpdates } from './unmigrated-leads.ts';

const LEADS = 10;

let crm: TestCrm;
let client: pg.Client;
const clients: pg.Client[] = [];
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  client = await open();
  await insertUnmigratedLeads(client, crm.tenant('acme').id, LEADS);
  await recordUpdates(client);
  await requestMigration(crm.owner.sql, scope(), crm.run);
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((each) => each.end()));
  await crm.close();
});

const scope = () => ({ ...crm.scope, fields: [LEAD_INDUSTRY] });
async function open(): Promise<pg.Client> {
  const opened = await connect(crm.database.ownerUrl);
  clients.push(opened);
  return opened;
}

/** Works under a bound; the strain ends when the worker has held twice. Answers the reasons, and how many rows were done until then. */
async function holdUnder(bound: Partial<Pace>, relieve: () => Promise<unknown>): Promise<{ reasons: string[]; done: number }> {
  await setPace(crm.owner.sql, bound, { dryRun: false });
  const reasons: string[] = [];
  let done = 0;
  await runWorker(crm.owner.sql, scope(), {
    endsAt: ({ kind }) => kind === 'idle',
    onState: async (state) => {
      if (state.kind !== 'holding') return;
      if (reasons.push(state.reason) !== 2) return;
      done = LEADS - (await countLeads(client)).missing;
      await relieve();
    },
  });
  expect(await countLeads(client)).toEqual({ rows: LEADS, missing: 0, updated: { 1: LEADS } });
  return { reasons, done };
}

test('a backfill holds while a session waits for a lock for too long, and goes on when it waits no more', async () => {
  const [holder, waiter] = [await open(), await open()];
  const { rows } = await client.query<{ id: string }>('SELECT id FROM lead ORDER BY id DESC LIMIT 1');
  await holder.query('BEGIN');
  await holder.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [rows[0]!.id]);
  const waiting = waiter.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [rows[0]!.id]);
  await waitUntilBlocked(client, holder);
  const { reasons, done } = await holdUnder({ maxLockWaitMs: 1 }, async () => {
    await holder.query('ROLLBACK');
    await waiting;
  });
  expect(reasons).toEqual(reasons.map(() => expect.stringMatching(/^a session has waited \d+ ms for a lock \(bound: 1\)$/)));
  expect(done).toBe(0);
});

test("a backfill holds while the API's writes take too long, and goes on when they do not", async () => {
  const server = await joinProcesses(crm.database.ownerUrl, { kind: 'server', name: 'a busy server' });
  try {
    server.tell({ writeMilliseconds: 60_001 });
    await server.beat();
    const { reasons, done } = await holdUnder({ maxWriteMs: 60_000 }, async () => {
      server.tell({ writeMilliseconds: 3 });
      await server.beat();
    });
    expect(reasons).toEqual(reasons.map(() => 'writes of the API take 60001 ms (bound: 60000)'));
    expect(done).toBe(0);
  } finally {
    await server.leave();
  }
});

test('what a server told that is gone holds nobody up, though its backend has the number of another session', async () => {
  await client.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, seen_at, write_ms)
     SELECT gen_random_uuid(), 'server', 'gone', 'elsewhere', 1, pid, backend_start - age, now() - silence, 60001
     FROM pg_stat_activity, (VALUES (interval '1 s', interval '0'), (interval '0', interval '1 min')) AS gone (age, silence)
     WHERE pid = pg_backend_pid()`,
  );
  expect(await measureStrain(crm.owner.sql, choiceRegistry)).toMatchObject({ writeMs: null });
});

test('a lock that others wait for, on tables that are none of ours, holds nobody up', async () => {
  const [holder, waiter] = [await open(), await open()];
  await client.query('CREATE TABLE elsewhere (id int)');
  await holder.query('BEGIN; LOCK TABLE elsewhere');
  const waiting = waiter.query('SELECT FROM elsewhere');
  await waitUntilBlocked(client, holder);
  await setPace(crm.owner.sql, { maxLockWaitMs: 1 }, { dryRun: false });
  const kinds: string[] = [];
  await runWorker(crm.owner.sql, scope(), {
    endsAt: ({ kind }) => kind !== 'working',
    onState: ({ kind }) => void kinds.push(kind),
  });
  // It ends by waiting for the transactions that are open.
  expect(kinds).toEqual(['working', 'waiting']);
  await holder.query('ROLLBACK');
  await waiting;
});

describe('the worst of what others feel', () => {
  const calm: Strain = { lockWaitMs: null, replicationLagBytes: null, writeMs: null, commitMs: 1 };
  const bounds = { maxLockWaitMs: 500, maxReplicationLagBytes: 1_000, maxWriteMs: 250 };

  test.each([
    [{}, undefined],
    [{ lockWaitMs: 500, replicationLagBytes: 1_000, writeMs: 250, commitMs: 250 }, undefined],
    [{ lockWaitMs: 501 }, 'a session has waited 501 ms for a lock (bound: 500)'],
    [{ replicationLagBytes: 1_001 }, 'a standby is 1001 bytes behind (bound: 1000)'],
    [{ writeMs: 251 }, 'writes of the API take 251 ms (bound: 250)'],
    [{ commitMs: 251 }, 'a commit took 251 ms (bound: 250)'],
  ])('of %j is %s', async (strain, reason) => {
    expect(findStrain({ ...calm, ...strain }, { ...(await readPace(crm.owner.sql)), ...bounds })).toBe(reason);
  });
});
