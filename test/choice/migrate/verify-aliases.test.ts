import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createFaultyCrm, type FaultyCrm } from './verify-faults.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let faulty: FaultyCrm;
beforeAll(async () => {
  faulty = await createFaultyCrm();
});
afterAll(() => faulty.close());

const acme = () => faulty.crm.tenant('acme').id;
const choice = (key: string) => `(SELECT id FROM industry WHERE tenant_id = $1 AND key = '${key}')`;
const faults = [
  [
    'a key that is an alias of another choice',
    `UPDATE industry_alias SET choice_id = ${choice('finance')} WHERE tenant_id = $1 AND legacy_value = 'tech'`,
    'tech',
  ],
  ['a key that is no alias', `DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'energy'`, 'energy'],
  [
    'an alias of nobody’s choice',
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'dangling', gen_random_uuid())`,
    'dangling',
  ],
  [
    "an alias of another tenant's choice",
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT $1, 'elsewhere', id FROM industry WHERE tenant_id <> $1 LIMIT 1`,
    'elsewhere',
  ],
  ['a choice merged into itself', `UPDATE industry SET merged_into_id = id WHERE tenant_id = $1 AND key = 'retail'`, 'retail'],
  ['a choice merged into nobody', `UPDATE industry SET merged_into_id = gen_random_uuid() WHERE tenant_id = $1 AND key = 'other'`, 'other'],
] as const;

test.each(faults)('%s is found, named, and mended by the remedy', async (_, plant, value) => {
  await faulty.plant(plant, [acme()]);
  const [finding, ...others] = (await faulty.verify(FIELD)).filter(({ code }) => code === 'ALIAS');
  expect(finding).toMatchObject({ tenant: 'acme', count: 1, message: expect.stringContaining(`"${value}"`) });
  expect(others).toEqual([]);
  await faulty.owner.query(finding!.remedy);
  expect((await faulty.verify(FIELD)).filter(({ code }) => code === 'ALIAS')).toEqual([]);
});

test.each(faults.map(([name, plant]) => [name, plant] as const))(
  '%s in two tenants: the remedy of one leaves the other',
  async (_, plant) => {
    for (const slug of ['acme', 'globex']) await faulty.plant(plant, [faulty.crm.tenant(slug).id]);
    const aliases = async () => (await faulty.verify(FIELD)).filter(({ code }) => code === 'ALIAS');
    const [first, second, ...others] = await aliases();
    expect([first!.tenant, second!.tenant, others]).toEqual(['acme', 'globex', []]);
    await faulty.owner.query(first!.remedy);
    expect(await aliases()).toEqual([second]);
    await faulty.owner.query(second!.remedy);
    expect(await aliases()).toEqual([]);
  },
);

test('a backfill comes to its end where a choice was merged into itself', async () => {
  await faulty.owner.query(
    `INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source) VALUES ($1, 'A', 'B', 'a@b', 'C', 'retail', 'web')`,
    [acme()],
  );
  await faulty.plant(`UPDATE industry SET merged_into_id = id WHERE tenant_id = $1 AND key = 'retail'`, [acme()]);
  const { crm } = faulty;
  const scope = { ...crm.scope, fields: [FIELD], tenants: [crm.tenant('acme')] };
  const result = await migrateRecords(crm.owner.sql, scope, crm.run);
  expect(result.fields.map(({ updated }) => updated)).toEqual([0]);
});
