import { afterEach, expect, test } from '@jest/globals';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { pauseMigration, resumeMigration } from '../../../src/choice/migrate/pause.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { insertRecord, readRecord } from '../records.ts';
import { withoutRules } from '../without-rules.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';
import { shutGate } from './update-gate.ts';

let leads: LegacyLeads;
afterEach(() => leads.close());

const migrate = (options: { openTransactionCap?: number; batchSize?: number } = {}) =>
  migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, ...options });

/** Waits until the state of the part meets a condition. */
async function waitForPart(condition: string): Promise<void> {
  await waitUntil(`a part with ${condition}`, async () => {
    const { rows } = await leads.client.query(`SELECT FROM choice_tenant_state WHERE field = 'Lead.industry' AND ${condition}`);
    return rows.length > 0;
  });
}

/** Another session holds a lead; the backfill has gone past it, and waits for that session's transaction to end. */
async function raceWith(locked: number, statement?: string) {
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[locked]]);
  const migrating = migrate();
  await waitForPart(`stage = 'await'`);
  if (statement) await writer.query(statement);
  await writer.query('COMMIT');
  return migrating;
}

/** Something happens between the moment when a batch has locked its rows and the moment when it updates them. */
async function raceInside(...statements: readonly string[]) {
  const gate = await shutGate(leads.client);
  const migrating = migrate();
  await gate.arrived();
  for (const statement of statements) await leads.client.query(statement);
  await gate.open();
  return migrating;
}

test('a row that somebody holds is passed over, and done when it is let go of', async () => {
  leads = await createLegacyLeads(['tech', 'tech', 'finance']);
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [leads.ids[0]]);
  const migrating = migrate();
  await waitForPart(`stage = 'await'`);
  expect(await leads.countUpdates()).toEqual([0, 1, 1]);
  await writer.query('COMMIT');
  expect(await migrating).toMatchObject({ ok: true, fields: [{ updated: 3, mapped: 3 }] });
  expect(await leads.countUpdates()).toEqual([1, 1, 1]);
});

test.each(['finance', 'telecom'])('a row that becomes %s while it is passed over keeps the ref of that', async (value) => {
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

test('a row that becomes unmapped while it is passed over gets no ref', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const result = await raceWith(1, `UPDATE lead SET industry = 'unheard of' WHERE id = '${leads.ids[1]}'`);
  expect(await leads.read()).toEqual([
    ['tech', 'tech'],
    ['unheard of', null],
  ]);
  expect(result).toMatchObject({ ok: false, blockers: [{ code: 'UNMAPPED' }] });
});

test('a row that is deleted while it is passed over is no fault', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const result = await raceWith(1, `DELETE FROM lead WHERE id = '${leads.ids[1]}'`);
  expect(result).toMatchObject({ ok: true, fields: [{ rows: 1, updated: 1, mapped: 1 }] });
});

test('an alias that moves under a batch leaves the legacy bytes alone', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const finance = await leads.choiceId('finance');
  const result = await raceInside(`UPDATE industry_alias SET choice_id = '${finance}' WHERE legacy_value = 'telecom'`);
  expect(await leads.read()).toEqual([
    ['telecom', 'finance'],
    ['tech', 'tech'],
  ]);
  expect(result).toMatchObject({ ok: true, fields: [{ updated: 2, drift: 0 }] });
  expect(await leads.countUpdates()).toEqual([1, 1]);
});

test('an alias that goes under a batch leaves the legacy bytes alone', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const result = await raceInside(`DELETE FROM industry_alias WHERE legacy_value = 'telecom'`);
  expect(await leads.read()).toEqual([
    ['telecom', null],
    ['tech', 'tech'],
  ]);
  expect(result).toMatchObject({ ok: false, fields: [{ updated: 1, unmapped: [{ value: 'telecom', count: 1 }] }] });
});

test('a choice that is merged under a batch leads to its survivor', async () => {
  leads = await createLegacyLeads(['telecom', 'tech']);
  await leads.addAlias('telecom', 'tech');
  const [tech, finance] = [await leads.choiceId('tech'), await leads.choiceId('finance')];
  const result = await raceInside(`UPDATE industry SET merged_into_id = '${finance}' WHERE id = '${tech}'`);
  expect(result).toMatchObject({ ok: true, fields: [{ drift: 0 }] });
  expect(await leads.read()).toEqual([
    ['telecom', 'finance'],
    ['tech', 'finance'],
  ]);
});

test('a choice that is deleted under a batch gives its rows no ref and fails nothing', async () => {
  leads = await createLegacyLeads(['tech', 'finance']);
  const result = await raceInside(
    withoutRules(LEAD_INDUSTRY.type, `UPDATE industry SET deleted_at = now() WHERE id = '${await leads.choiceId('tech')}'`),
  );
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
  const runs = [1, 2].map(() => migrate({ batchSize: 3 }));
  await waitForPart(`stage = 'await'`);
  await writer.query('COMMIT');
  const results = await Promise.all(runs);
  expect(results.map(({ ok, fields }) => [ok, fields[0]!.mapped])).toEqual([
    [true, 30],
    [true, 30],
  ]);
  expect(await leads.countUpdates()).toEqual(leads.ids.map(() => 1));
  const { rows } = await leads.client.query(`SELECT FROM choice_phase_change WHERE to_phase = 'migrated' AND field = 'Lead.industry'`);
  expect(rows).toHaveLength(1);
});

test('a batch that cannot get hold of a choice is tried again, and nothing goes to quarantine', async () => {
  leads = await createLegacyLeads(['tech', 'finance']);
  const writer = await leads.connect();
  await writer.query('BEGIN');
  await writer.query(`SELECT FROM industry WHERE id = $1 FOR UPDATE`, [await leads.choiceId('tech')]);
  const migrating = migrate();
  await waitForPart(`error LIKE '%lock timeout%'`);
  expect(await leads.countUpdates()).toEqual([0, 0]);
  await writer.query('COMMIT');
  expect(await migrating).toMatchObject({ ok: true, fields: [{ updated: 2, quarantined: 0 }] });
  expect(await leads.countUpdates()).toEqual([1, 1]);
});

test('a run whose backend is killed goes on behind its last batch', async () => {
  leads = await createLegacyLeads(Array.from({ length: 6 }, () => 'tech'));
  const gate = await shutGate(leads.client, `NEW.id = '${leads.ids[4]}'`);
  const migrating = migrate({ batchSize: 2 });
  const [victim] = await gate.arrived();
  const superuser = await leads.connect();
  await superuser.query('SELECT pg_terminate_backend($1)', [victim]);
  await expect(migrating).rejects.toThrow();
  await gate.open();
  const { rows } = await leads.client.query(`SELECT cursor, wanted FROM choice_tenant_state WHERE cursor IS NOT NULL`);
  expect(rows).toEqual([{ cursor: leads.ids.toSorted()[3], wanted: true }]);
  expect(await leads.countUpdates()).toEqual([1, 1, 1, 1, 0, 0]);

  expect(await migrate()).toMatchObject({ ok: true, fields: [{ updated: 2, phase: 'migrated' }] });
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
  const migrating = migrate();
  await waitForPart(`stage = 'await'`);
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
  const run = { openTransactionCap: 0 };
  expect(await migrate(run)).toMatchObject({
    ok: false,
    fields: [{ mapped: 1, phase: 'populated' }],
    blockers: [{ code: 'OPEN_TRANSACTION', message: expect.stringContaining('forgotten') }],
  });
  await idle.query('COMMIT');
  expect(await migrate(run)).toMatchObject({ ok: true, fields: [{ updated: 0, phase: 'migrated' }], blockers: [] });
});

test('a row that is held for too long is a blocker that names its holder', async () => {
  leads = await createLegacyLeads(['tech', 'tech']);
  const [first, second] = [await leads.connect(), await leads.connect()];
  const hold = 'SELECT FROM lead WHERE id = $1 FOR UPDATE';
  await first.query('BEGIN');
  await first.query(hold, [leads.ids[1]]);
  const migrating = migrate();
  await waitForPart(`stage = 'await'`);
  await pauseMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await first.query('COMMIT');
  await second.query(`SET application_name = 'a batch job'; BEGIN`);
  await second.query(hold, [leads.ids[1]]);
  await resumeMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await waitForPart(`stage = 'final' AND awaited_since IS NOT NULL`);
  await leads.client.query(`UPDATE choice_tenant_state SET awaited_since = awaited_since - interval '1 hour' WHERE stage = 'final'`);
  expect(await migrating).toMatchObject({
    ok: false,
    fields: [{ missing: 1, phase: 'populated' }],
    blockers: [{ code: 'MISSING' }, { code: 'OPEN_TRANSACTION', message: expect.stringContaining('a batch job') }],
  });
  await second.query('COMMIT');
  expect(await migrate()).toMatchObject({ ok: true, fields: [{ updated: 1, phase: 'migrated' }] });
});
