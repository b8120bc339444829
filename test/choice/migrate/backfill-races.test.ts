import { afterEach, expect, test } from '@jest/globals';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { insertRecord, readRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';

let leads: LegacyLeads;
afterEach(() => leads.close());

/** Another session locks a lead; the backfill has scanned it by the time it waits for the lock. */
async function raceWith(locked: number, ...statements: readonly string[]) {
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[locked]]);
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await waitUntilBlocked(leads.client, writer);
  for (const statement of statements) await (statement.startsWith('UPDATE lead') ? writer : leads.client).query(statement);
  await writer.query('COMMIT');
  return migrating;
}

test.each(['finance', 'telecom'])('a row that becomes %s between scan and lock gets the ref of that', async (value) => {
  leads = await createLegacyLeads(['tech', 'tech']);
  await leads.addAlias('telecom', 'finance');
  const result = await raceWith(1, `UPDATE lead SET industry = '${value}' WHERE id = '${leads.ids[1]}'`);
  expect(await leads.read()).toEqual([
    ['tech', 'tech'],
    [value, 'finance'],
  ]);
  expect(result).toMatchObject({ ok: true, fields: [{ updated: 1, mapped: 2 }] });
  expect(await leads.countUpdates()).toEqual([1, 1]);
});

test('a row that becomes unmapped between scan and lock gets no ref', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const result = await raceWith(1, `UPDATE lead SET industry = 'unheard of' WHERE id = '${leads.ids[1]}'`);
  expect(await leads.read()).toEqual([
    ['tech', 'tech'],
    ['unheard of', null],
  ]);
  expect(result).toMatchObject({ ok: false, blockers: [{ code: 'UNMAPPED' }] });
});

test('a row that is deleted between scan and lock is no fault', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('DELETE FROM lead WHERE id = $1', [leads.ids[1]]);
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await waitUntilBlocked(leads.client, writer);
  await writer.query('COMMIT');
  expect(await migrating).toMatchObject({ ok: true, fields: [{ rows: 1, updated: 1, mapped: 1 }] });
});

test('an alias that moves under a batch leaves the legacy bytes alone', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const result = await raceWith(
    0,
    `UPDATE industry_alias SET choice_id = '${await leads.choiceId('finance')}' WHERE legacy_value = 'telecom'`,
  );
  expect(await leads.read()).toEqual([
    ['telecom', 'finance'],
    ['tech', 'tech'],
  ]);
  expect(result).toMatchObject({ ok: true, fields: [{ updated: 2, drift: 0 }] });
});

test('an alias that goes under a batch leaves the legacy bytes alone', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const result = await raceWith(0, `DELETE FROM industry_alias WHERE legacy_value = 'telecom'`);
  expect(await leads.read()).toEqual([
    ['telecom', null],
    ['tech', 'tech'],
  ]);
  expect(result).toMatchObject({ ok: false, fields: [{ updated: 1, unmapped: [{ value: 'telecom', count: 1 }] }] });
});

test('a choice that is merged under a batch leads to its survivor', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const merge = `UPDATE industry SET merged_into_id = '${await leads.choiceId('finance')}' WHERE id = '${await leads.choiceId('tech')}'`;
  expect(await raceWith(0, merge)).toMatchObject({ ok: true, fields: [{ drift: 0 }] });
  expect(await leads.read()).toEqual([
    ['telecom', 'finance'],
    ['tech', 'finance'],
  ]);
});

test('a choice that is deleted under a batch gives its rows no ref and fails nothing', async () => {
  leads = await createLegacyLeads(['tech', 'finance']);
  const result = await raceWith(0, `UPDATE industry SET deleted_at = now() WHERE id = '${await leads.choiceId('tech')}'`);
  expect(await leads.read()).toEqual([
    ['tech', null],
    ['finance', 'finance'],
  ]);
  expect(result).toMatchObject({ ok: false, fields: [{ updated: 1, drift: 0 }] });
});

test('two runs at once, batch by batch, update every row once', async () => {
  leads = await createLegacyLeads(Array.from({ length: 30 }, () => 'tech'));
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[4]]);
  const run = { ...leads.crm.run, batchSize: 3 };
  const runs = [1, 2].map(() => migrateRecords(leads.crm.owner.sql, leads.scope, run));
  await waitUntilBlocked(leads.client, writer, 2);
  await writer.query('COMMIT');
  const results = await Promise.all(runs);
  expect(results.map(({ ok, fields }) => [ok, fields[0]!.mapped])).toEqual([
    [true, 30],
    [true, 30],
  ]);
  expect(results[0]!.fields[0]!.updated + results[1]!.fields[0]!.updated).toBe(30);
  expect(await leads.countUpdates()).toEqual(leads.ids.map(() => 1));
  const { rows } = await leads.client.query(`SELECT FROM choice_phase_change WHERE to_phase = 'migrated' AND field = 'Lead.industry'`);
  expect(rows).toHaveLength(1);
});

test('a batch that is the victim of a deadlock is done again', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const writer = await leads.connect();
  // Only the backfill looks for deadlocks, so that it is the victim.
  await writer.query(`SET deadlock_timeout = '1h'; BEGIN`);
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[1]]);
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await waitUntilBlocked(leads.client, writer);
  await writer.query(`UPDATE lead SET company = 'Changed' WHERE id = $1`, [leads.ids[0]]);
  await writer.query('COMMIT');
  expect(await migrating).toMatchObject({ ok: true, fields: [{ updated: 2 }] });
});

test('a run whose backend is killed goes on behind its last batch', async () => {
  leads = await createLegacyLeads(Array.from({ length: 6 }, () => 'tech'));
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[4]]);
  const run = { ...leads.crm.run, batchSize: 2 };
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, run);
  const [victim] = await waitUntilBlocked(leads.client, writer);
  await writer.query('SELECT pg_terminate_backend($1)', [victim]);
  await expect(migrating).rejects.toThrow();
  await writer.query('COMMIT');
  const { rows } = await leads.client.query(`SELECT cursor FROM choice_tenant_state WHERE cursor IS NOT NULL`);
  expect(rows).toEqual([{ cursor: leads.ids[3] }]);
  expect(await leads.countUpdates()).toEqual([1, 1, 1, 1, 0, 0]);

  expect(await migrateRecords(leads.crm.owner.sql, leads.scope, run)).toMatchObject({
    ok: true,
    fields: [{ updated: 2, phase: 'migrated' }],
  });
  expect(await leads.countUpdates()).toEqual([1, 1, 1, 1, 1, 1]);
});

test('what a transaction writes that cannot see the latest alias gets its ref before the run ends', async () => {
  leads = await createLegacyLeads(['telecom']);
  const writer = await leads.connect();
  await writer.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
  await mapValues(
    leads.crm.owner.sql,
    {
      registry: choiceRegistry,
      field: LEAD_INDUSTRY,
      tenant: leads.crm.tenant('acme'),
      pairs: [{ value: 'telecom', key: 'tech' }],
      remap: false,
    },
    leads.crm.run,
  );
  const migrating = migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await waitUntil('the run to wait for older transactions', async () => {
    const { rows } = await leads.client.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%virtualxid%' AND pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  });
  const { id, ref } = await insertRecord(writer, LEAD_INDUSTRY, leads.tenantId, { legacy: 'telecom' });
  expect(ref).toBeNull();
  await writer.query('COMMIT');
  expect(await migrating).toMatchObject({ ok: true, fields: [{ updated: 2, missing: 0, phase: 'migrated' }] });
  expect(await readRecord(leads.client, LEAD_INDUSTRY, id)).toEqual({ legacy: 'telecom', ref: await leads.choiceId('tech') });
});

test('a transaction that stays open is a blocker, and the phase waits for it', async () => {
  leads = await createLegacyLeads(['tech']);
  const idle = await leads.connect();
  await idle.query(`SET application_name = 'forgotten'; BEGIN; SELECT 1`);
  const run = { ...leads.crm.run, openTransactionCap: 0 };
  const blocked = await migrateRecords(leads.crm.owner.sql, leads.scope, run);
  expect(blocked).toMatchObject({
    ok: false,
    fields: [{ mapped: 1, phase: 'populated' }],
    blockers: [{ code: 'OPEN_TRANSACTION', message: expect.stringContaining('forgotten') }],
  });
  await idle.query('COMMIT');
  expect(await migrateRecords(leads.crm.owner.sql, leads.scope, run)).toMatchObject({
    ok: true,
    fields: [{ updated: 0, phase: 'migrated' }],
  });
});
