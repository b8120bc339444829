import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { dropLegacyColumn } from '../../../src/choice/derive/columns.ts';
import { replaceObjects } from '../../../src/choice/derive/objects.ts';
import { countRecords, countRecordsOf } from '../../../src/choice/migrate/report.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { type Read, readThrough } from '../../../src/database/read.ts';
import { openStatementLog, type StatementLog } from '../../harness/statement-log.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const NOBODYS = '00000000-0000-7000-8000-000000000bad';

let faulty: FaultyCrm;
let api: StatementLog;
let ids: readonly string[];
beforeAll(async () => {
  faulty = await createFaultyCrm();
  const role = await ensureAppRole(faulty.crm.owner, undefined);
  api = openStatementLog(faulty.crm.database.superuserUrl, { role: role.name, 'choices.tenant_id': faulty.crm.tenant('acme').id });
});
afterAll(async () => {
  await api.close();
  await faulty.close();
});
beforeEach(async () => {
  await faulty.plant('DELETE FROM lead');
  const inserted: string[] = [];
  for (const legacy of ['tech', 'tech', 'finance', '', 'Mystery', 'Mystery'])
    inserted.push((await insertRecord(faulty.owner, FIELD, faulty.crm.tenant('acme').id, { legacy })).id);
  ids = inserted;
});

const scope = () => ({ ...faulty.crm.scope, fields: [FIELD] });
const count = async () => (await countRecords(faulty.crm.owner.sql, scope())).find(({ tenant }) => tenant === 'acme')!;
const EXPECTED = {
  field: 'Lead.industry',
  tenant: 'acme',
  phase: 'populated',
  rows: 6,
  mapped: 3,
  empty: 1,
  missing: 0,
  drift: 0,
  unmapped: [{ value: 'Mystery', count: 2, accepted: false, suggestions: [] }],
};

test('every row is one of mapped, empty, missing and unmapped', async () => {
  expect(await count()).toEqual({ ...EXPECTED, quarantined: 0, quarantinedMissing: 0 });
  await faulty.plant('UPDATE lead SET industry_id = NULL WHERE id = ANY ($1)', [ids.slice(0, 2)]);
  expect(await count()).toMatchObject({ rows: 6, mapped: 1, empty: 1, missing: 2, drift: 0 });
});

test('a ref that names no choice of the tenant is drift, whatever the string', async () => {
  await faulty.plant('UPDATE lead SET industry_id = $2 WHERE id = ANY ($1)', [[ids[0], ids[4]], NOBODYS]);
  expect(await count()).toMatchObject({ rows: 6, mapped: 4, empty: 1, missing: 0, drift: 2, unmapped: [{ count: 1 }] });
});

test('the owner is told of the quarantine; a tenant, who may not read it, is told the rest', async () => {
  await faulty.plant('UPDATE lead SET industry_id = NULL WHERE id = $1', [ids[0]]);
  await faulty.plant(`INSERT INTO choice_quarantine (tenant_id, field, record_id, error) VALUES ($1, 'Lead.industry', $2, 'no')`, [
    faulty.crm.tenant('acme').id,
    ids[0],
  ]);
  expect(await count()).toEqual({ ...EXPECTED, mapped: 2, missing: 1, quarantined: 1, quarantinedMissing: 1 });
  expect(await countRecordsOf(readThrough(api.sql), [FIELD], [faulty.crm.tenant('acme')])).toEqual([
    { ...EXPECTED, mapped: 2, missing: 1 },
  ]);
});

test('of the rows in quarantine those that are missing are told apart from those that refer to a merged choice', async () => {
  const { id: tenantId } = faulty.crm.tenant('acme');
  const merge = (into: string) =>
    faulty.plant(`UPDATE industry SET merged_into_id = ${into} WHERE tenant_id = $1 AND key = 'finance'`, [tenantId]);
  await faulty.plant('UPDATE lead SET industry_id = NULL WHERE id = $1', [ids[0]]);
  await faulty.plant(
    `INSERT INTO choice_quarantine (tenant_id, field, record_id, error) SELECT $1, 'Lead.industry', unnest($2::uuid[]), 'no'`,
    [tenantId, [ids[0], ids[2]]],
  );
  await merge(`(SELECT id FROM industry AS other WHERE other.tenant_id = industry.tenant_id AND key = 'other')`);
  const counted = await count();
  const verified = (await verifyRecords(faulty.crm.owner.sql, scope())).fields.find(({ tenant }) => tenant === 'acme');
  await merge('NULL');
  await faulty.plant('DELETE FROM choice_quarantine');
  expect(counted).toMatchObject({ missing: 1, quarantined: 2, quarantinedMissing: 1 });
  expect(verified).toEqual(counted);
});

test('a report of one tenant reads nothing of another', async () => {
  await faulty.plant(
    `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) SELECT id, 'Lead.industry', 'Mystery', 'so be it', 'test' FROM tenant`,
  );
  const seen: unknown[] = [];
  const read: Read = async (statement) => {
    const rows = await readThrough(faulty.crm.owner.sql)(statement);
    seen.push(...rows);
    return rows;
  };
  const [report] = await countRecordsOf(read, [FIELD], [faulty.crm.tenant('acme')]);
  await faulty.plant('DELETE FROM choice_acceptance');
  expect(report).toMatchObject({ unmapped: [{ value: 'Mystery', accepted: true }] });
  expect(JSON.stringify(seen)).not.toContain(faulty.crm.tenant('globex').id);
});

test.each([
  ['a status', () => countRecords(faulty.crm.owner.sql, scope())],
  ['a verification', async () => (await verifyRecords(faulty.crm.owner.sql, scope())).fields],
])('%s that begins while the column goes counts the same rows without it', async (_, begin) => {
  const before = await count();
  const holder = await connect(faulty.crm.database.ownerUrl, 'BEGIN', 'LOCK TABLE lead IN ACCESS EXCLUSIVE MODE');
  try {
    const counting = begin();
    await waitUntilBlocked(faulty.owner, holder);
    await holder.query(`
      INSERT INTO choice_archive SELECT tenant_id, 'Lead.industry', id, industry FROM lead WHERE industry_id IS NULL AND industry <> '';
      ${replaceObjects(FIELD, 'column', 'archive').join('; ')};
      ${dropLegacyColumn(FIELD)};
      UPDATE choice_field_state SET phase = 'contracted', storage = 'archive' WHERE field = 'Lead.industry'`);
    await holder.query('COMMIT');
    const after = (await counting).find(({ tenant }) => tenant === 'acme');
    expect(after).toEqual({ ...before, phase: 'contracted' });
  } finally {
    await holder.end();
    await rollbackFields(faulty.crm.owner.sql, scope(), { ...faulty.crm.run, to: 'populated' });
  }
});
