import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { FIELDS, readFaults } from './chaos-rows.ts';
import type { ChaosWorld } from './chaos-world.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
});
afterAll(() => crm.close());

const query = async (text: string, values?: unknown[]) => (await crm.owner.pool.query<{ id: string }>(text, values)).rows;

test('a sample finds the drift of every field that is migrated', async () => {
  const world = { query } as unknown as ChaosWorld;
  const [lead] = await query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, status, marketing_channel)
     VALUES ($1, 'First', 'Last', 'a@example.test', 'Company', 'tech', 'web', 'new', 'email') RETURNING id`,
    [crm.tenant('acme').id],
  );
  expect(await readFaults(world)).toEqual([]);

  await query('ALTER TABLE lead DISABLE TRIGGER USER');
  for (const { type, refColumn } of FIELDS)
    await query(`UPDATE lead SET ${refColumn} = (SELECT id FROM ${type.table} WHERE id <> lead.${refColumn} ORDER BY id LIMIT 1)`);
  const values = { 'Lead.industry': 'tech', 'Lead.leadSource': 'web', 'Lead.status': 'new', 'Lead.marketingChannel': 'email' };
  const expected = Object.entries(values).map(([field, value]) => `drift: ${field} of ${lead!.id}: ${value}`);
  expect((await readFaults(world)).toSorted()).toEqual(expected.toSorted());
});
