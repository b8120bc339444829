import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { restoredExpression } from '../../../src/choice/derive/legacy-value.ts';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { preferFields } from '../../../src/choice/migrate/prefer.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { addColumns } from '../../harness/regimes.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';
import { shutGate } from './update-gate.ts';

/** Values that no choice had when the field was contracted, and others. */
const VALUES = ['Odd', 'tech', 'Odd', 'Other odd', 'finance', ''];

let leads: LegacyLeads;
beforeEach(async () => {
  leads = await createLegacyLeads(VALUES);
  const { owner, run } = leads.crm;
  const everywhere = { ...leads.scope, tenants: undefined };
  await migrateRecords(owner.sql, everywhere, run);
  const acceptance = { field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), values: ['Odd', 'Other odd'], reason: 'odd' };
  await acceptValues(owner.sql, acceptance, run);
  await migrateRecords(owner.sql, everywhere, run);
  await preferFields(owner.sql, everywhere, run);
  await contractFields(owner.sql, everywhere, { ...run, window: 0 });
});
afterEach(() => leads.close());

const migrate = (options: { dryRun?: boolean; batchSize?: number } = {}) =>
  migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, ...options });
const read = async () =>
  (
    await leads.client.query<{ value: string; key: string | null }>(
      `SELECT ${restoredExpression(LEAD_INDUSTRY)} AS value, industry.key FROM lead AS record LEFT JOIN industry ON industry.id = record.industry_id
       ORDER BY array_position($1, record.id)`,
      [leads.ids],
    )
  ).rows.map(({ value, key }) => [value, key]);

test.each([1, 2, 100])(
  'without its column, a string that comes to resolve gives its rows their ref and stays, %i at a time',
  async (batchSize) => {
    await leads.addAlias('Odd', 'tech');
    const before = await leads.countUpdates();
    const predicted = await migrate({ dryRun: true });
    expect(await migrate({ batchSize })).toEqual(predicted);
    expect(predicted).toMatchObject({ fields: [{ missing: 0, mapped: 4, updated: 2, phase: 'contracted' }] });
    expect(await read()).toEqual([
      ['Odd', 'tech'],
      ['tech', 'tech'],
      ['Odd', 'tech'],
      ['Other odd', null],
      ['finance', 'finance'],
      ['', null],
    ]);
    expect((await leads.countUpdates()).map((times, index) => times - before[index]!)).toEqual([1, 0, 1, 0, 0, 0]);
  },
);

test.each([1, 100])('without its column, a ref to a merged choice moves and its string stays, %i at a time', async (batchSize) => {
  await leads.addAlias('Odd', 'finance');
  await migrate();
  await leads.client.query(`UPDATE industry SET merged_into_id = $1 WHERE id = $2`, [
    await leads.choiceId('other'),
    await leads.choiceId('finance'),
  ]);
  expect(await migrate({ batchSize })).toMatchObject({ fields: [{ updated: 3, drift: 0 }] });
  expect(await read()).toEqual([
    ['Odd', 'other'],
    ['tech', 'tech'],
    ['Odd', 'other'],
    ['Other odd', null],
    ['finance', 'other'],
    ['', null],
  ]);
});

test('without its column, an alias that moves under a batch leaves the string alone', async () => {
  await leads.addAlias('Odd', 'tech');
  const gate = await shutGate(leads.client);
  const migrating = migrate();
  await gate.arrived();
  await leads.client.query(`UPDATE industry_alias SET choice_id = '${await leads.choiceId('finance')}' WHERE legacy_value = 'Odd'`);
  await gate.open();
  expect(await migrating).toMatchObject({ fields: [{ updated: 2, drift: 0, quarantined: 0 }] });
  expect((await read()).filter(([value]) => value === 'Odd')).toEqual([
    ['Odd', 'finance'],
    ['Odd', 'finance'],
  ]);
});

test('while the column comes back, a backfill rests: a ref set then would rewrite a string that is not in its column yet', async () => {
  await leads.addAlias('Odd', 'tech');
  await requestMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  await addColumns({ ...leads.crm, scope: leads.scope });
  let turns = 0;
  await runWorker(leads.crm.owner.sql, leads.scope, { onState: () => undefined, endsAt: () => ++turns === 3 });
  expect((await read()).slice(0, 3)).toEqual([
    ['Odd', null],
    ['tech', 'tech'],
    ['Odd', null],
  ]);
});
