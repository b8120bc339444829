import { afterEach, expect, test } from '@jest/globals';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { withoutRules } from '../without-rules.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';

/** Values that look like a choice, or like nothing, and are neither. */
const ODD = ['Tech ', ' tech', 'TECH', '', '\u00a0', 'tech\u00a0', 'Cafe\u0301', 'Caf\u00e9', 'te\u200bch', '  ', '\ttech', 'ﬁnance', '😀'];

let leads: LegacyLeads;
afterEach(() => leads.close());

test('a backfill leaves every byte, version and time alone', async () => {
  leads = await createLegacyLeads(['telecom', 'tech', ...ODD]);
  await leads.addAlias('telecom', 'tech');
  const hash = async () =>
    (
      await leads.client.query<{ hash: string }>(
        `SELECT md5(string_agg(format('%s %s %s %s', id, encode(convert_to(industry, 'UTF8'), 'hex'), version, updated_at), E'\n' ORDER BY id)) AS hash FROM lead`,
      )
    ).rows[0]!.hash;
  const before = await hash();
  const result = await migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  expect(await hash()).toBe(before);
  expect(await leads.read()).toEqual([['telecom', 'tech'], ['tech', 'tech'], ...ODD.map((value) => [value, null])]);
  expect(await leads.countUpdates()).toEqual([1, 1, ...ODD.map(() => 0)]);
  expect(result.fields[0]).toMatchObject({ rows: 15, mapped: 2, empty: 1, missing: 0, drift: 0, updated: 2, phase: 'populated' });
  expect(result.fields[0]!.unmapped.map(({ value, count }) => [value, count]).sort()).toEqual(
    ODD.filter((value) => value !== '')
      .map((value) => [value, 1])
      .sort(),
  );
});

test('a value of 50 characters that is an alias keeps them all', async () => {
  const long = 'é'.repeat(50);
  leads = await createLegacyLeads([long]);
  await leads.addAlias(long, 'finance');
  await migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  expect(await leads.read()).toEqual([[long, 'finance']]);
});

test('a run of many small batches leaves nothing behind and no cursor', async () => {
  const values = Array.from({ length: 23 }, (_, index) => (index % 3 === 0 ? 'tech' : index % 3 === 1 ? 'unheard of' : 'finance'));
  leads = await createLegacyLeads(values);
  const result = await migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, batchSize: 2 });
  expect(result.fields[0]).toMatchObject({ updated: 15, missing: 0 });
  expect(await leads.read()).toEqual(values.map((value) => [value, value === 'unheard of' ? null : value]));
  expect(await leads.countUpdates()).toEqual(values.map((value) => (value === 'unheard of' ? 0 : 1)));
  const { rows } = await leads.client.query('SELECT FROM choice_tenant_state WHERE cursor IS NOT NULL');
  expect(rows).toEqual([]);
});

test.each([0, 1, 2])('the cursor of a broken run, behind row %i, hides no row before it', async (passed) => {
  leads = await createLegacyLeads(['tech', 'tech', 'tech']);
  await leads.client.query('UPDATE choice_tenant_state SET cursor = $1', [leads.ids[passed]]);
  const states: number[] = [];
  await requestMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await runWorker(leads.crm.owner.sql, leads.scope, {
    onState: (state) => void (state.kind === 'working' && state.updated > 0 && states.push(state.updated)),
    endsAt: ({ kind }) => kind === 'idle',
  });
  expect(states).toEqual([2 - passed, passed + 1].filter((rows) => rows > 0));
  expect(await leads.read()).toEqual(leads.ids.map(() => ['tech', 'tech']));
});

test('an alias of a deleted choice ends no run and sets no ref', async () => {
  leads = await createLegacyLeads(['gone', 'energy', 'tech']);
  await leads.addAlias('gone', 'energy');
  await leads.client.query(withoutRules(LEAD_INDUSTRY.type, `UPDATE industry SET deleted_at = now() WHERE key = 'energy'`));
  const result = await migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, batchSize: 1 });
  expect(await leads.read()).toEqual([
    ['gone', null],
    ['energy', null],
    ['tech', 'tech'],
  ]);
  expect(result).toMatchObject({ ok: false, fields: [{ mapped: 1, missing: 0, unmapped: [{ value: 'energy' }, { value: 'gone' }] }] });
});

test('an alias of a merged choice leads to the survivor', async () => {
  leads = await createLegacyLeads(['energy', 'power']);
  await leads.addAlias('power', 'energy');
  await leads.client.query(`UPDATE industry SET merged_into_id = $1 WHERE tenant_id = $2 AND key = 'energy'`, [
    await leads.choiceId('other'),
    leads.tenantId,
  ]);
  await migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
  expect(await leads.read()).toEqual([
    ['energy', 'other'],
    ['power', 'other'],
  ]);
});
