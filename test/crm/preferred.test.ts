import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createTenant } from '../../src/choice/migrate/create-tenant.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { awaitServers } from '../harness/regimes.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { insertRecord } from './records.ts';

const INDUSTRY = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
let api: TestApi;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'migrated' });
  api = await startTestApi(crm);
  const superuser = new pg.Client({ connectionString: crm.database.superuserUrl });
  await superuser.connect();
  await superuser.query('SET session_replication_role = replica');
  for (const tenant of ['acme', 'globex']) {
    await insertRecord(crm, 'lead', { industry: 'finance' }, tenant);
    // No writer can leave such a row: by it one sees what is read.
    await superuser.query('UPDATE lead SET industry_id = NULL WHERE id = $1', [
      await insertRecord(crm, 'lead', { industry: 'tech' }, tenant),
    ]);
  }
  await superuser.end();
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await crm.close();
});

async function readLeads(tenant: string) {
  const { body } = await api.send(
    `{ ordered: leads(orderBy: { field: INDUSTRY, direction: ASC }) { nodes { industry industryLabel industryRef { key } } }
       tech: leads(filter: { industryRef: { key: "tech" } }) { totalCount } none: leads(filter: { industryRef: { isNull: true } }) { totalCount } }`,
    {},
    { token: await api.token(tenant, 'reader') },
  );
  const { ordered, tech, none } = body.data;
  return { nodes: ordered.nodes, tech: tech.totalCount, none: none.totalCount };
}

const finance = { industry: 'finance', industryLabel: 'Finance', industryRef: { key: 'finance' } };
const tech = { industry: 'tech', industryLabel: expect.any(String) };
const BY_VALUE_TOO = { nodes: [{ ...tech, industryRef: { key: 'tech' } }, finance], tech: 1, none: 0 };
const BY_REF_ALONE = { nodes: [finance, { ...tech, industryRef: null }], tech: 0, none: 1 };

describe('a choice is read', () => {
  const acme = () => ({ ...crm.scope, fields: [INDUSTRY], tenants: [crm.tenant('acme')] });

  test('by the ref or the legacy value until a tenant is preferred', async () => {
    expect(await readLeads('acme')).toEqual(BY_VALUE_TOO);
    await expect(preferFields(crm.owner.sql, acme(), crm.run)).rejects.toMatchObject({ blockers: [{ code: 'MISSING' }] });
  });

  test('by the ref alone from then on, by that tenant alone; strings and labels stay', async () => {
    await crm.owner.pool.query(`UPDATE choice_tenant_state SET phase = 'preferred' WHERE tenant_id = $1 AND field = $2`, [
      crm.tenant('acme').id,
      INDUSTRY.coordinate,
    ]);
    await awaitServers(crm);
    expect(await readLeads('acme')).toEqual(BY_REF_ALONE);
    expect(await readLeads('globex')).toEqual(BY_VALUE_TOO);
  });

  test('by the legacy value, too, after it was taken back', async () => {
    await rollbackFields(crm.owner.sql, acme(), { ...crm.run, to: 'migrated' });
    await awaitServers(crm);
    expect(await readLeads('acme')).toEqual(BY_VALUE_TOO);
  });
});

test('a tenant born into contracted fields is as far as the others, and writes at once', async () => {
  await crm.owner.pool.query('DELETE FROM lead WHERE industry_id IS NULL');
  await crm.prefer();
  await crm.contract();
  const { tenant } = await createTenant(crm.owner.sql, choiceRegistry, { slug: 'newborn', name: 'Newborn' }, crm.run);
  const token = await api.token('newborn', 'writer');
  const { body } = await api.send(
    'mutation { createLead(input: { firstName: "A", lastName: "B", email: "c", company: "D", industry: "tech", leadSourceRef: { key: "web" } }) { lead { industry industryRef { key } leadSource status } } }',
    {},
    { token },
  );
  expect(body.data.createLead.lead).toEqual({ industry: 'tech', industryRef: { key: 'tech' }, leadSource: 'web', status: 'new' });
  const { rows } = await crm.owner.pool.query('SELECT DISTINCT phase FROM choice_tenant_state WHERE tenant_id = $1', [tenant.id]);
  expect(rows).toEqual([{ phase: 'preferred' }]);
  expect((await crm.owner.pool.query('SELECT FROM choice_phase_change WHERE tenant_id = $1', [tenant.id])).rows).toEqual([]);
});
