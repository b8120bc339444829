import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { withExclusive } from '../../../src/database/online-ddl.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

const TRIGGER = 'zzz_sync_lead_industry_update';
const FAULTS = {
  'a trigger that never fires': `CREATE OR REPLACE TRIGGER ${TRIGGER} BEFORE UPDATE ON lead FOR EACH ROW WHEN (false) EXECUTE FUNCTION sync_lead_industry()`,
  'a trigger that fires for one column only': `CREATE OR REPLACE TRIGGER ${TRIGGER} BEFORE UPDATE ON lead FOR EACH ROW WHEN (OLD.industry IS DISTINCT FROM NEW.industry) EXECUTE FUNCTION sync_lead_industry()`,
  'a trigger that is disabled': `ALTER TABLE lead DISABLE TRIGGER ${TRIGGER}`,
  'a trigger that is gone': `DROP TRIGGER ${TRIGGER} ON lead`,
  'a foreign key to another table': `ALTER TABLE lead DROP CONSTRAINT lead_industry_id_fkey, ADD CONSTRAINT lead_industry_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant`,
  'a foreign key that sets null': `ALTER TABLE lead DROP CONSTRAINT lead_industry_id_fkey, ADD CONSTRAINT lead_industry_id_fkey FOREIGN KEY (tenant_id, industry_id) REFERENCES industry (tenant_id, id) ON DELETE SET NULL (industry_id)`,
  'an index on another column': `DROP INDEX lead_industry_page_idx; CREATE INDEX lead_industry_page_idx ON lead (email)`,
  'an index over other rows': `DROP INDEX lead_industry_id_unset_idx; CREATE INDEX lead_industry_id_unset_idx ON lead (tenant_id, id) WHERE industry_id IS NULL`,
};

describe('the structure of a field', () => {
  let crm: TestCrm;

  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'populated', tenants: ['acme'] });
  });
  afterAll(() => crm.close());

  const verify = () => verifyRecords(crm.owner.sql, crm.scope);

  test('is as it is derived after expand, for every field', async () => {
    expect(await verify()).toMatchObject({ ok: true, findings: [] });
  });

  test.each(Object.entries(FAULTS))('%s is found by verify and mended by expand', async (_name, statement) => {
    await crm.owner.pool.query(statement);
    expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'STRUCTURE', field: 'Lead.industry' })]);
    await expandFields(crm.owner.sql, crm.scope, crm.run);
    expect(await verify()).toMatchObject({ ok: true, findings: [] });
  });

  test('row-level security that is off is found by verify', async () => {
    await crm.owner.pool.query('ALTER TABLE task_status DISABLE ROW LEVEL SECURITY');
    expect((await verify()).findings).toEqual([expect.objectContaining({ code: 'STRUCTURE', field: 'Task.status' })]);
    await crm.owner.pool.query('ALTER TABLE task_status ENABLE ROW LEVEL SECURITY');
  });

  test('work that another process does already is given up after the cap, naming it', async () => {
    const message = await withExclusive(crm.owner.sql, 'some work', () =>
      withExclusive(crm.owner.sql, 'some work', async () => 'both did it', 0).catch((error: Error) => error.message),
    );
    expect(message).toMatch(/^Gave up after 0 s: another process \(pid \d+\) does the same work/);
  });
});
