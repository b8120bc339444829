import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import type pg from 'pg';
import { settlePart } from '../../../src/choice/migrate/backfill/settle.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated', fields: [LEAD_INDUSTRY] });
  client = await connect(crm.database.ownerUrl);
  for (const slug of ['acme', 'globex'])
    for (const legacy of ['tech', 'Tecnology', '']) await insertRecord(client, LEAD_INDUSTRY, crm.tenant(slug).id, { legacy });
  await requestMigration(crm.owner.sql, crm.scope, crm.run);
  await client.query(`UPDATE choice_tenant_state SET stage = 'final'`);
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

/** What the database answered while a part of acme's was settled. */
async function settle(): Promise<unknown[]> {
  const answers: unknown[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      answers.push(...result.rows);
      return result;
    },
  };
  await settlePart(crm.owner.sql.withPlugin(plugin), { field: LEAD_INDUSTRY, tenant: crm.tenant('acme') });
  return answers;
}
const accept = (...slugs: string[]) =>
  client.query(
    `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by)
     SELECT id, 'Lead.industry', 'Tecnology', 'so be it', 'test' FROM tenant WHERE slug = ANY ($1)`,
    [slugs],
  );
const readParts = async () =>
  (
    await client.query<{ part: string }>(
      `SELECT format('%s %s %s', slug, phase, CASE WHEN wanted THEN 'wanted' ELSE 'done' END) AS part
       FROM choice_tenant_state JOIN tenant ON tenant.id = tenant_id ORDER BY slug`,
    )
  ).rows.map(({ part }) => part);

test('a part reaches migrated if its own values are accepted, and reads nothing of other tenants, nor what only people are told', async () => {
  await accept('acme', 'globex');
  const answers = JSON.stringify(await settle());
  expect(await readParts()).toEqual(['acme migrated done', 'globex populated wanted']);
  expect(answers).toContain(crm.tenant('acme').id);
  expect(answers).not.toContain(crm.tenant('globex').id);
  expect(answers).not.toContain('Technology');
});

test('what another tenant accepted is none of its own', async () => {
  await accept('globex');
  await settle();
  expect(await readParts()).toEqual(['acme populated done', 'globex populated wanted']);
});
