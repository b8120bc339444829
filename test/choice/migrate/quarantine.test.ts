import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { readStatus } from '../../../src/choice/migrate/status.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';
import { countLeads, insertUnmigratedLeads, recordUpdates } from './unmigrated-leads.ts';

const LEADS = 20;

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme', 'globex'] });
  client = await connect(crm.database.ownerUrl);
  for (const slug of ['acme', 'globex']) await insertUnmigratedLeads(client, crm.tenant(slug).id, LEADS);
  await recordUpdates(client);
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

const scope = () => ({ ...crm.scope, fields: [LEAD_INDUSTRY] });
const migrate = () => migrateRecords(crm.owner.sql, scope(), crm.run);
const readQuarantine = async () =>
  (await client.query<{ record_id: string; error: string }>('SELECT record_id, error FROM choice_quarantine ORDER BY 1')).rows;

/** Makes updates of leads fail that meet a condition on NEW; answers how to mend that. */
async function poison(condition: string): Promise<() => Promise<unknown>> {
  await client.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON lead FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`);
  return () => client.query('DROP FUNCTION refuse CASCADE');
}

test('a row that cannot be written is passed over, with its error, and everything else is done', async () => {
  const mend = await poison(`NEW.company IN ('Company 7', 'Company 8') AND NEW.tenant_id = '${crm.tenant('acme').id}'`);
  const { rows: poisoned } = await client.query<{ id: string }>(
    `SELECT id FROM lead WHERE company IN ('Company 7', 'Company 8') AND tenant_id = $1 ORDER BY 1`,
    [crm.tenant('acme').id],
  );
  expect(await migrate()).toMatchObject({
    ok: false,
    fields: [
      { tenant: 'acme', phase: 'populated', mapped: LEADS - 2, missing: 2, quarantined: 2, updated: LEADS - 2 },
      { tenant: 'globex', phase: 'migrated', mapped: LEADS, quarantined: 0, updated: LEADS },
    ],
    blockers: [{ code: 'QUARANTINED', field: 'Lead.industry', tenant: 'acme', message: expect.stringMatching(/2 rows .*poisoned/) }],
  });
  expect(await readQuarantine()).toEqual(poisoned.map(({ id }) => ({ record_id: id, error: 'poisoned' })));
  expect(await countLeads(client)).toEqual({ rows: 2 * LEADS, missing: 2, updated: { 0: 2, 1: 2 * LEADS - 2 } });
  expect((await readStatus(crm.owner.sql, scope())).fields[0]!.progress).toMatchObject({
    wanted: false,
    quarantined: 2,
    quarantineError: 'poisoned',
  });

  await mend();
  expect(await migrate()).toMatchObject({ ok: true, fields: [{ updated: 2, quarantined: 0, phase: 'migrated' }, { updated: 0 }] });
  expect(await readQuarantine()).toEqual([]);
  expect(await countLeads(client)).toEqual({ rows: 2 * LEADS, missing: 0, updated: { 1: 2 * LEADS } });
});

test('a tenant of whom nothing can be written comes after all others, and ends too', async () => {
  await poison(`NEW.tenant_id = '${crm.tenant('acme').id}'`);
  await requestMigration(crm.owner.sql, scope(), crm.run);
  const turns: string[] = [];
  await runWorker(crm.owner.sql, scope(), {
    endsAt: ({ kind }) => kind === 'idle',
    onState: async (state) => {
      if (state.kind !== 'working') return;
      const { fields } = await readStatus(crm.owner.sql, scope());
      turns.push(`${state.tenant} ${fields[1]!.phase}`);
    },
  });
  // The first failure is what puts a part behind the others.
  expect(turns[0]).toBe('acme populated');
  expect(turns.slice(1).filter((turn) => turn === 'acme populated')).toEqual([]);
  expect(turns).toContain('acme migrated');
  expect(await readQuarantine()).toHaveLength(LEADS);
  expect(await countLeads(client)).toMatchObject({ missing: LEADS, updated: { 0: LEADS, 1: LEADS } });
});

test('a row that somebody mends is in quarantine no more', async () => {
  const mend = await poison(`NEW.company = 'Company 7'`);
  await migrate();
  expect(await readQuarantine()).toHaveLength(2);
  await mend();
  await client.query(`UPDATE lead SET industry = 'finance' WHERE company = 'Company 7' AND tenant_id = $1`, [crm.tenant('acme').id]);
  await client.query(`DELETE FROM lead WHERE company = 'Company 7' AND tenant_id = $1`, [crm.tenant('globex').id]);
  expect(await migrate()).toMatchObject({ ok: true, fields: [{ quarantined: 0 }, { quarantined: 0 }] });
  expect(await readQuarantine()).toEqual([]);
});

test('what fails once and not again goes to no quarantine', async () => {
  await client.query(`
    CREATE SEQUENCE failures;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF nextval('failures') = 1 THEN RAISE EXCEPTION 'once'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON lead FOR EACH ROW EXECUTE FUNCTION refuse()`);
  expect(await migrate()).toMatchObject({ ok: true, fields: [{ updated: LEADS, quarantined: 0 }, { updated: LEADS }] });
});

test('a ref to a merged choice that cannot be moved goes to quarantine, and the others are moved', async () => {
  await migrate();
  await client.query(
    `UPDATE industry SET merged_into_id = (SELECT id FROM industry AS other WHERE other.tenant_id = industry.tenant_id AND key = 'other') WHERE key = 'finance' AND tenant_id = $1`,
    [crm.tenant('acme').id],
  );
  await poison(`NEW.company = 'Company 4'`);
  const { rows } = await client.query<{ company: string }>(`SELECT company FROM lead WHERE tenant_id = $1 AND industry = 'finance'`, [
    crm.tenant('acme').id,
  ]);
  expect(rows.map(({ company }) => company)).toContain('Company 4');
  expect(await migrate()).toMatchObject({
    ok: false,
    fields: [{ mapped: LEADS, drift: 0, quarantined: 1, updated: rows.length - 1 }, { updated: 0 }],
    blockers: [{ code: 'QUARANTINED' }],
  });
});
