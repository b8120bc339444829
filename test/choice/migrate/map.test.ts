import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { insertRecord, readRecord } from '../records.ts';
import { withoutRules } from '../without-rules.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';
import { shutGate } from './update-gate.ts';
import { readWrites } from './writes.ts';

let leads: LegacyLeads;
beforeEach(async () => {
  leads = await createLegacyLeads(['telecom', 'telecom', 'Finanz', 'tech']);
});
afterEach(() => leads.close());

type Options = { remap?: boolean; dryRun?: boolean; openTransactionCap?: number };
const map = (pairs: Record<string, string>, { remap = false, ...options }: Options = {}) =>
  mapValues(
    leads.crm.owner.sql,
    {
      registry: leads.scope.registry,
      field: LEAD_INDUSTRY,
      tenant: leads.crm.tenant('acme'),
      pairs: Object.entries(pairs).map(([value, key]) => ({ value, key })),
      remap,
    },
    { ...leads.crm.run, ...options },
  ).then((result) => result.mapped);
const migrate = () => migrateRecords(leads.crm.owner.sql, leads.scope, leads.crm.run);
const readAliases = async () =>
  Object.fromEntries(
    (
      await leads.client.query<{ value: string; key: string }>(
        `SELECT legacy_value AS value, key FROM industry_alias JOIN industry ON industry.tenant_id = industry_alias.tenant_id AND industry.id = choice_id WHERE industry.tenant_id = $1 AND legacy_value <> key`,
        [leads.tenantId],
      )
    ).rows.map(({ value, key }) => [value, key]),
  );

test('a mapping adds an alias, counts its rows and touches none of them', async () => {
  expect(await map({ telecom: 'tech', Finanz: 'finance' })).toEqual([
    { value: 'telecom', key: 'tech', added: true, rows: 2, remapped: 0 },
    { value: 'Finanz', key: 'finance', added: true, rows: 1, remapped: 0 },
  ]);
  expect(await leads.countUpdates()).toEqual([0, 0, 0, 0]);
  await migrate();
  expect(await leads.read()).toEqual([
    ['telecom', 'tech'],
    ['telecom', 'tech'],
    ['Finanz', 'finance'],
    ['tech', 'tech'],
  ]);
});

test('the same mapping twice is done twice and written once', async () => {
  await map({ telecom: 'tech' });
  const before = await readWrites(leads.client);
  expect(await map({ telecom: 'tech' })).toEqual([{ value: 'telecom', key: 'tech', added: false, rows: 2, remapped: 0 }]);
  expect(await readWrites(leads.client)).toEqual(before);
});

test('another mapping of a mapped value is refused, every time, and none of its companions is written', async () => {
  await map({ telecom: 'tech' });
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(map({ Finanz: 'finance', telecom: 'finance' })).rejects.toMatchObject({
      blockers: [{ code: 'ALREADY_MAPPED', message: expect.stringContaining('--remap') }],
    });
  expect(await readAliases()).toEqual({ telecom: 'tech' });
});

test.each([
  ['an unknown key', { Finanz: 'finance', telecom: 'no_such' }, 'no_such'],
  ['an empty value', { Finanz: 'finance', '': 'tech' }, 'no choice'],
  ['the key of another choice', { Finanz: 'finance', tech: 'energy' }, 'Merge the choices'],
])('%s is a usage error and nothing is written, remap or not', async (_, pairs, message) => {
  for (const remap of [false, true])
    await expect(map(pairs as Record<string, string>, { remap })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(message),
    });
  expect(await readAliases()).toEqual({});
});

test('the key of a deleted choice stays with it', async () => {
  await leads.client.query(`UPDATE industry SET deleted_at = now() WHERE key = 'energy'`);
  for (const remap of [false, true])
    await expect(map({ energy: 'tech' }, { remap })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining('deleted'),
    });
  await expect(map({ telecom: 'energy' })).rejects.toMatchObject({ name: 'UsageError' });
});

test('an alias of a deleted choice moves with remap only', async () => {
  await leads.addAlias('telecom', 'energy');
  await leads.client.query(withoutRules(LEAD_INDUSTRY.type, `UPDATE industry SET deleted_at = now() WHERE key = 'energy'`));
  await expect(map({ telecom: 'tech' })).rejects.toMatchObject({ blockers: [{ code: 'ALREADY_MAPPED' }] });
  expect(await map({ telecom: 'tech' }, { remap: true })).toMatchObject([{ added: false, rows: 2 }]);
});

test('a value in two different ways is a usage error', async () => {
  const pairs = [
    { value: 'telecom', key: 'tech' },
    { value: 'telecom', key: 'finance' },
  ];
  const mapping = { registry: leads.scope.registry, field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), pairs, remap: true };
  await expect(mapValues(leads.crm.owner.sql, mapping, leads.crm.run)).rejects.toMatchObject({ name: 'UsageError' });
});

test('a merged key stands for its survivor; an alias that leads there already is left as it is', async () => {
  await leads.addAlias('telecom', 'energy');
  await leads.client.query(`UPDATE industry SET merged_into_id = $1 WHERE tenant_id = $2 AND key = 'energy'`, [
    await leads.choiceId('other'),
    leads.tenantId,
  ]);
  await map({ Finanz: 'energy', telecom: 'other' }, { remap: true });
  expect(await readAliases()).toEqual({ Finanz: 'other', telecom: 'energy' });
  await migrate();
  expect(await leads.read()).toEqual([
    ['telecom', 'other'],
    ['telecom', 'other'],
    ['Finanz', 'other'],
    ['tech', 'tech'],
  ]);
});

describe('a remapping', () => {
  const account = () => leads.scope.registry.field('Account.industry')!;
  let accountId: string;
  beforeEach(async () => {
    await map({ telecom: 'tech' });
    await migrate();
    ({ id: accountId } = await insertRecord(leads.client, account(), leads.tenantId, { legacy: 'telecom' }));
    await insertRecord(leads.client, account(), leads.crm.tenant('globex').id, { legacy: 'telecom' });
  });

  test('moves the refs of every field of the type, and no legacy byte', async () => {
    expect(await map({ telecom: 'finance' }, { remap: true })).toEqual([
      { value: 'telecom', key: 'finance', added: false, rows: 0, remapped: 3 },
    ]);
    expect(await leads.read()).toEqual([
      ['telecom', 'finance'],
      ['telecom', 'finance'],
      ['Finanz', null],
      ['tech', 'tech'],
    ]);
    expect(await readRecord(leads.client, account(), accountId)).toEqual({ legacy: 'telecom', ref: await leads.choiceId('finance') });
  });

  test('predicts exactly in a dry run, and writes nothing', async () => {
    const before = await readWrites(leads.client);
    const predicted = await map({ telecom: 'finance', Finanz: 'finance' }, { remap: true, dryRun: true });
    expect(await readWrites(leads.client)).toEqual(before);
    expect(await map({ telecom: 'finance', Finanz: 'finance' }, { remap: true })).toEqual(predicted);
  });

  test('leaves refs alone whose field is not expanded yet', async () => {
    await leads.client.query(
      `DELETE FROM choice_tenant_state WHERE field = 'Account.industry'; DELETE FROM choice_field_state WHERE field = 'Account.industry'`,
    );
    await leads.client.query('ALTER TABLE account DROP COLUMN industry_id CASCADE; DROP FUNCTION sync_account_industry CASCADE');
    expect(await map({ telecom: 'finance' }, { remap: true })).toMatchObject([{ remapped: 2 }]);
  });

  test('whose target is merged away meanwhile ends, and leads to the survivor', async () => {
    const locker = await lock(leads.ids[0]!);
    const mapping = map({ telecom: 'finance' }, { remap: true });
    await waitUntil('the row that nobody holds has moved', async () => (await leads.read())[1]![1] === 'finance');
    await leads.client.query(`UPDATE industry SET merged_into_id = $1 WHERE id = $2`, [
      await leads.choiceId('other'),
      await leads.choiceId('finance'),
    ]);
    await locker.query('COMMIT');
    await mapping;
    expect(await leads.read()).toEqual([
      ['telecom', 'other'],
      ['telecom', 'other'],
      ['Finanz', null],
      ['tech', 'tech'],
    ]);
  });

  test('whose alias moves again meanwhile leaves the legacy bytes alone', async () => {
    const gate = await shutGate(leads.client);
    const mapping = map({ telecom: 'finance' }, { remap: true });
    await gate.arrived();
    await leads.client.query(`UPDATE industry_alias SET choice_id = $1 WHERE legacy_value = 'telecom'`, [await leads.choiceId('retail')]);
    await gate.open();
    await mapping;
    expect((await leads.read()).slice(0, 2)).toEqual([
      ['telecom', 'retail'],
      ['telecom', 'retail'],
    ]);
  });

  test('waits for transactions that cannot see it, and says which one stays open', async () => {
    const writer = await leads.connect();
    await writer.query(`SET application_name = 'forgotten'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1`);
    await expect(map({ telecom: 'finance' }, { remap: true, openTransactionCap: 0 })).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringContaining('forgotten'),
    });
    const { id } = await insertRecord(writer, LEAD_INDUSTRY, leads.tenantId, { legacy: 'telecom' });
    await writer.query('COMMIT');
    expect(await readRecord(leads.client, LEAD_INDUSTRY, id)).toEqual({ legacy: 'telecom', ref: await leads.choiceId('tech') });
    expect(await map({ telecom: 'finance' }, { remap: true })).toMatchObject([{ remapped: 1 }]);
    expect(await readRecord(leads.client, LEAD_INDUSTRY, id)).toEqual({ legacy: 'telecom', ref: await leads.choiceId('finance') });
  });
});

test('a field that is not expanded, or not populated, is a blocker', async () => {
  await leads.client.query(
    `DELETE FROM choice_tenant_state WHERE field = 'Lead.industry'; DELETE FROM choice_field_state WHERE field = 'Lead.industry'`,
  );
  await expect(map({ telecom: 'tech' })).rejects.toMatchObject({ blockers: [{ code: 'NOT_EXPANDED' }] });
});

async function lock(id: string): Promise<pg.Client> {
  const locker = await leads.connect();
  await locker.query('BEGIN');
  await locker.query('SELECT FROM lead WHERE id = $1 FOR UPDATE', [id]);
  return locker;
}
