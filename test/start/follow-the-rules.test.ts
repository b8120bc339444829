import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { contractFields } from '../../src/choice/migrate/contract.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type Answer, startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

const WINDOW = 1;
let crm: TestCrm;
let servers: TestApi[];

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  servers = await Promise.all([startTestApi(crm), startTestApi(crm)]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await crm.close();
});

const CREATE = `mutation ($email: String!, $industry: String!) {
  createLead(input: { firstName: "Ada", lastName: "Moe", email: $email, company: "Moe Ltd", industry: $industry, leadSource: "web" }) {
    lead { id industry industryRef { key } }
  }
}`;

test('two running servers follow the fields of a record through contract and back, and no request fails', async () => {
  await crm.owner.pool.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'telecom', id FROM industry WHERE key = 'tech'`,
  );
  let walking = true;
  let written = 0;
  const failures: Answer[] = [];
  const writers = servers.map(async (server, index) => {
    while (walking) {
      const industry = ['tech', 'telecom', 'finance'][written % 3]!;
      written += 1;
      const answer = await server.send(CREATE, { email: `ada.${index}.${written}@example.com`, industry });
      if (answer.body.errors || answer.body.data.createLead.lead.industry !== industry) failures.push(answer);
    }
  });
  const readers = servers.map(async (server) => {
    while (walking) {
      const answer = await server.send(
        '{ leads(first: 20, filter: { industry: "telecom" }, orderBy: [{ field: INDUSTRY }]) { nodes { industry industryRef { key } industryLabel status } } }',
      );
      if (
        answer.body.errors ||
        answer.body.data.leads.nodes.some(
          (lead: { industry: string; industryRef: { key: string } }) => lead.industry !== 'telecom' || lead.industryRef.key !== 'tech',
        )
      )
        failures.push(answer);
    }
  });
  const everybody = Promise.all([...writers, ...readers]);
  try {
    const scope = { ...crm.scope, fields: choiceRegistry.fieldsOf('Lead') };
    await migrateRecords(crm.owner.sql, scope, crm.run);
    await preferFields(crm.owner.sql, scope, crm.run);
    const contracted = await contractFields(crm.owner.sql, scope, { ...crm.run, window: WINDOW });
    expect(contracted.fields.map(({ field, changed }) => [field, changed])).toEqual(
      scope.fields.map(({ coordinate }) => [coordinate, true]),
    );
    const back = await rollbackFields(crm.owner.sql, scope, { ...crm.run, to: 'preferred' });
    expect(back.ok).toBe(true);
  } finally {
    walking = false;
    await everybody;
  }
  expect(failures.map(({ text }) => text)).toEqual([]);
  expect(written).toBeGreaterThan(20);
  const { rows } = await crm.owner.pool.query('SELECT count(*)::int AS count FROM lead');
  expect(rows).toEqual([{ count: written }]);
});
