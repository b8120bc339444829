import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { findContractBlockers } from '../../../src/choice/migrate/contract-gate.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';

const DAY = 86_400_000;

let crm: TestCrm;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'preferred', fields: [LEAD_INDUSTRY], tenants: ['acme'] });
});
afterAll(() => crm.close());
beforeEach(() => crm.owner.pool.query('DELETE FROM choice_legacy_writer'));

const look = async (window: number) =>
  (await findContractBlockers(crm.owner.sql, crm.scope, LEAD_INDUSTRY, { window, force: true })).map(({ code }) => code);
const note = (ago: string) =>
  crm.owner.pool.query(
    `INSERT INTO choice_legacy_writer (field, role, application, seen_at) VALUES ('Lead.industry', 'them', 'billing', now() - $1::interval)`,
    [ago],
  );

test('whoever was noted less than a minute before the window may have written in it: a writer is noted once a minute', async () => {
  await note('24 hours 50 seconds');
  expect(await look(DAY)).toEqual(['LEGACY_WRITERS']);
  await crm.owner.pool.query('DELETE FROM choice_legacy_writer');
  await note('24 hours 61 seconds');
  expect(await look(DAY)).toEqual([]);
});

test('a window of nothing asks for no evidence', async () => {
  await note('1 second');
  expect(await look(0)).toEqual([]);
});
