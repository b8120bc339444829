import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { findFaults } from './find-faults.ts';

const TRIGGER = 'zzz_sync_lead_industry_update';
const FOREIGN_KEY = 'lead_industry_id_fkey';
const MENDED = {
  'a trigger that never fires': [
    `CREATE OR REPLACE TRIGGER ${TRIGGER} BEFORE UPDATE ON lead FOR EACH ROW WHEN (false) EXECUTE FUNCTION sync_lead_industry()`,
    'trigger',
    'not as it is derived',
  ],
  'a trigger that fires for one column only': [
    `CREATE OR REPLACE TRIGGER ${TRIGGER} BEFORE UPDATE ON lead FOR EACH ROW WHEN (OLD.industry IS DISTINCT FROM NEW.industry) EXECUTE FUNCTION sync_lead_industry()`,
    'trigger',
    'not as it is derived',
  ],
  'a trigger that is disabled': [`ALTER TABLE lead DISABLE TRIGGER ${TRIGGER}`, 'trigger', 'disabled'],
  'a trigger that is gone': [`DROP TRIGGER ${TRIGGER} ON lead`, 'trigger', 'missing'],
  'a function that does something else': [
    `CREATE OR REPLACE FUNCTION sync_lead_industry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'`,
    'function',
    'not as it is derived',
  ],
  'a foreign key that is gone': [`ALTER TABLE lead DROP CONSTRAINT ${FOREIGN_KEY}`, 'constraint', 'missing'],
  'a foreign key to another table': [
    `ALTER TABLE lead DROP CONSTRAINT ${FOREIGN_KEY}, ADD CONSTRAINT ${FOREIGN_KEY} FOREIGN KEY (tenant_id) REFERENCES tenant`,
    'constraint',
    'not as it is derived',
  ],
  'a foreign key that sets null': [
    `ALTER TABLE lead DROP CONSTRAINT ${FOREIGN_KEY}, ADD CONSTRAINT ${FOREIGN_KEY} FOREIGN KEY (tenant_id, industry_id) REFERENCES industry (tenant_id, id) ON DELETE SET NULL (industry_id)`,
    'constraint',
    'not as it is derived',
  ],
  'a foreign key that was not proved': [
    `ALTER TABLE lead DROP CONSTRAINT ${FOREIGN_KEY}, ADD CONSTRAINT ${FOREIGN_KEY} FOREIGN KEY (tenant_id, industry_id) REFERENCES industry (tenant_id, id) ON DELETE RESTRICT NOT VALID`,
    'constraint',
    'not valid',
  ],
  'an index that is gone': [`DROP INDEX lead_industry_id_page_idx`, 'index', 'missing'],
  'an index on another column': [
    `DROP INDEX lead_industry_page_idx; CREATE INDEX lead_industry_page_idx ON lead (email)`,
    'index',
    'not as it is derived',
  ],
  'an index over other rows': [
    `DROP INDEX lead_industry_id_unset_idx; CREATE INDEX lead_industry_id_unset_idx ON lead (tenant_id, id) WHERE industry_id IS NULL`,
    'index',
    'not as it is derived',
  ],
} as const;

describe('the structure of a field', () => {
  let crm: TestCrm;
  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  });
  afterAll(() => crm.close());

  const find = (coordinate: string) => findFaults(crm.owner.sql, choiceRegistry.field(coordinate)!);

  test.each(choiceRegistry.fields)('of $coordinate is as it is derived after expand', async ({ coordinate }) => {
    expect(await find(coordinate)).toEqual([]);
  });

  test.each(Object.entries(MENDED))('%s is found and mended by expand', async (_name, [statement, kind, words]) => {
    await crm.owner.pool.query(statement);
    expect(await find('Lead.industry')).toEqual([
      { kind, message: expect.stringMatching(`^the ${kind} "[a-z_]+" is ${words}$`), mendedByExpand: true },
    ]);
    await expandFields(crm.owner.sql, crm.scope, crm.run);
    expect(await find('Lead.industry')).toEqual([]);
  });

  test.each([
    ['may be NULL', 'ALTER COLUMN industry DROP NOT NULL', 'it is nullable'],
    ['has a default', `ALTER COLUMN industry SET DEFAULT 'tech'`, `its default is 'tech'::character varying, declared is none`],
  ])('a legacy column that %s is found: as it is, it could not come back', async (_name, change, words) => {
    await crm.owner.pool.query(`ALTER TABLE lead ${change}`);
    expect(await find('Lead.industry')).toEqual([
      { kind: 'column', column: expect.anything(), message: expect.stringContaining(words), mendedByExpand: false },
    ]);
    await crm.owner.pool.query('ALTER TABLE lead ALTER COLUMN industry SET NOT NULL, ALTER COLUMN industry DROP DEFAULT');
  });

  test('of triggers that had to be replaced says that who wrote the old way is known from now on only', async () => {
    const readStart = () =>
      crm.owner.pool
        .query<{ at: Date }>(`SELECT expanded_at AS at FROM choice_field_state WHERE field = 'Lead.industry'`)
        .then(({ rows }) => rows[0]!.at);
    await crm.owner.pool.query(`UPDATE choice_field_state SET expanded_at = '2020-01-01'`);
    await expandFields(crm.owner.sql, crm.scope, crm.run);
    expect(await readStart()).toEqual(new Date('2020-01-01T00:00:00Z'));
    await crm.owner.pool.query(`DROP TRIGGER ${TRIGGER} ON lead`);
    await expandFields(crm.owner.sql, crm.scope, crm.run);
    expect((await readStart()).getFullYear()).toBeGreaterThan(2020);
  });
});
