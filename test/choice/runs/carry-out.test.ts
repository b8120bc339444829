import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { carryOut } from '../../../src/choice/runs/carry-out.ts';
import { RUN_STEPS, type RunRequest } from '../../../src/choice/runs/choice-run.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../../src/database/owner-database.ts';
import { insertRecord } from '../../crm/records.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

const FIELDS = ['Lead.industry', 'Account.industry'].map((coordinate) => choiceRegistry.field(coordinate)!);

let crm: TestCrm;
let narrow: OwnerDatabase | undefined;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'], fields: FIELDS });
  await insertRecord(crm, 'lead', { industry: 'telecom' });
});
afterEach(async () => {
  await narrow?.close();
  await crm.close();
});

const openNarrow = (connections: number) => (narrow = openOwnerDatabase(crm.database.ownerUrl, { connections })).sql;
const request = (step: RunRequest['step'], more: Partial<RunRequest> = {}): RunRequest => ({
  step,
  fields: FIELDS,
  tenants: undefined,
  requestedBy: 'test',
  ...more,
});

test('every step but a rollback that changes columns is done on one connection, and so is what it would do', async () => {
  await crm.migrate();
  const db = openNarrow(1);
  for (const dryRun of [true, false])
    for (const step of RUN_STEPS) {
      const result = await carryOut(db, choiceRegistry, request(step, { to: 'populated' }), { ...crm.run, dryRun });
      expect(result).toMatchObject({ ok: true, blockers: [] });
    }
});

test('a rollback that brings columns back is done on two connections, and so is a mapping whose rows follow', async () => {
  await crm.migrate();
  await crm.prefer();
  const db = openNarrow(2);
  const mapping = { registry: choiceRegistry, field: FIELDS[0]!, tenant: crm.tenant('acme'), remap: false };
  const mapped = await mapValues(db, { ...mapping, pairs: [{ value: 'telecom', key: 'tech' }] }, crm.run);
  expect(mapped).toMatchObject({ mapped: [{ added: true }] });
  await crm.contract();
  const result = await carryOut(db, choiceRegistry, request('rollback', { to: 'migrated' }), crm.run);
  expect(result).toMatchObject({ ok: true, fields: [{ from: 'contracted', changed: true }, { from: 'contracted' }] });
});

test('a verification can be stopped between two fields', async () => {
  const fields: string[] = [];
  const stop = new Error('the server closes');
  const onProgress = ({ field }: { field: string }) => {
    fields.push(field);
    if (fields.length === 2) throw stop;
  };
  await expect(carryOut(crm.owner.sql, choiceRegistry, request('verify'), { ...crm.run, onProgress })).rejects.toBe(stop);
  expect(fields).toEqual(['Lead.industry', 'Account.industry']);
});
