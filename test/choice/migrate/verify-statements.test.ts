import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { insertRecord } from '../records.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const TENANTS = ['acme', 'globex', 'initech'];

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm({ tenants: TENANTS });
  for (const slug of TENANTS) await insertRecord(faulty.owner, FIELD, faulty.crm.tenant(slug).id, { legacy: 'tech' });
});
afterAll(() => faulty.close());

/** What a verification of the tenants sends. */
async function listStatements(slugs: readonly string[]): Promise<string[]> {
  const { crm } = faulty;
  const sent: string[] = [];
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (node.kind === 'RawNode') sent.push(node.sqlFragments.join('?'));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const scope = { ...crm.scope, fields: [FIELD], tenants: slugs.map((slug) => crm.tenant(slug)) };
  await verifyRecords(crm.owner.sql.withPlugin(plugin), scope);
  return sent;
}

test('a ref to nobody’s choice is looked for among other tenants’ once, and where the field stands is read once', async () => {
  await faulty.plant('UPDATE lead SET industry_id = gen_random_uuid()');
  const sent = await listStatements(TENANTS);
  const count = (part: string) => sent.filter((text) => text.includes(part)).length;
  expect([count('SELECT id FROM ? WHERE id = ANY'), count('FROM (SELECT) AS one LEFT JOIN choice_field_state')]).toEqual([1, 1]);
  await faulty.plant(`UPDATE lead SET industry_id = (SELECT id FROM industry WHERE industry.tenant_id = lead.tenant_id AND key = 'tech')`);
});

test('many tenants take as many statements as one, while the column is there and when it is gone', async () => {
  const { crm } = faulty;
  const compare = async () => expect((await listStatements(TENANTS)).length).toBe((await listStatements(['acme'])).length);
  await compare();
  await crm.migrate();
  await crm.prefer();
  await faulty.owner.query('DELETE FROM choice_legacy_writer');
  await crm.contract();
  await compare();
});
