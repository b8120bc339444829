import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { settlePart } from '../../../src/choice/migrate/backfill/settle.ts';
import { type LowerPhase, lowerPhases } from '../../../src/choice/migrate/lower-phases.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';

const SHORT_CAP = 100;

let crm: TestCrm;
let client: pg.Client;
let gate: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: [LEAD_INDUSTRY], tenants: ['acme'] });
  client = await connect(crm.database.ownerUrl);
  gate = await connect(crm.database.ownerUrl);
  await requestMigration(crm.owner.sql, crm.scope, crm.run);
  await client.query(`UPDATE choice_tenant_state SET stage = 'final'`);
});
afterEach(async () => {
  await Promise.all([gate.end(), client.end()]);
  await crm.close();
});

const lower = (to: LowerPhase) =>
  lowerPhases(crm.owner.sql, LEAD_INDUSTRY, { tenants: [crm.tenant('acme')], to, actor: 'test', lockCap: SHORT_CAP });
const readPhases = async () =>
  (await client.query<{ phase: string }>('SELECT phase FROM choice_tenant_state')).rows.map(({ phase }) => phase);

/** A backfill has come to its end, and counts. */
async function count(): Promise<{ counted: Promise<void>; end(): Promise<unknown> }> {
  await gate.query('BEGIN; LOCK TABLE lead IN ACCESS EXCLUSIVE MODE');
  const counted = settlePart(crm.owner.sql, { field: LEAD_INDUSTRY, tenant: crm.tenant('acme') });
  await waitUntilBlocked(client, gate);
  return { counted, end: () => gate.query('COMMIT') };
}

test.each(['migrated', 'populated'] as const)('a flip to %s does not wait for somebody who counts the part', async (to) => {
  await client.query(`UPDATE choice_tenant_state SET phase = 'preferred'`);
  const { counted, end } = await count();
  await lower(to);
  expect(await readPhases()).toEqual([to]);
  await end();
  await counted;
  expect(await readPhases()).toEqual([to]);
});

test('to expanded the state itself goes, and that waits', async () => {
  const { counted, end } = await count();
  await expect(lower('expanded')).rejects.toThrow(/^Gave up after 0\.1 s/);
  await end();
  await counted;
  expect(await readPhases()).toEqual(['migrated']);
  await lower('expanded');
  expect(await readPhases()).toEqual([]);
});
