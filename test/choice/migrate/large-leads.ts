import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import type { Scope } from '../../../src/choice/migrate/run.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { bringUpDatabase } from '../../../src/crm/crm-database.ts';
import { runAsSuperuser } from '../../harness/superuser.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

const TENANTS = 20;
const LEADS_PER_TENANT = 10_000;

/** A table at whose size a plan matters: leads of many tenants, with refs, statistics and a visibility map. */
export interface LargeLeads {
  readonly crm: TestCrm;
  /** The choice fields of leads, every tenant. */
  readonly scope: Scope;
  /** `tenant-1` to `tenant-20`. */
  slug(number: number): string;
  /** Statistics and visibility map as they are in a table that is vacuumed now and then. */
  vacuum(): Promise<void>;
  close(): Promise<void>;
}

/**
 * 200,000 leads. Of each tenant's industries one twentieth is `telecom`, an alias of `tech`, and twenty are `energy`; some leads of `tenant-1` lack their ref,
 * and some refer to a choice that was merged. Rows are inserted before their indexes are built, and past the triggers: that is
 * ten times faster.
 */
export async function createLargeLeads(): Promise<LargeLeads> {
  const slug = (number: number) => `tenant-${number}`;
  const crm = await createTestCrm({ phase: 'legacy', tenants: Array.from({ length: TENANTS }, (_, index) => slug(index + 1)) });
  const scope: Scope = { registry: choiceRegistry, fields: choiceRegistry.fieldsOf('Lead'), tenants: undefined };
  await expandFields(crm.owner.sql, scope, crm.run);
  await populateChoices(crm.owner.sql, scope, crm.run);
  await runAsSuperuser(crm.database.superuserUrl, async (client) => {
    await client.query(DROP_INDEXES);
    await client.query(`SET session_replication_role = replica; ${insertLeads(crm.tenant(slug(1)).id)}`);
  });
  await expandFields(crm.owner.sql, scope, crm.run);
  await bringUpDatabase(crm.owner, { dryRun: false });
  const vacuum = () => crm.owner.pool.query('VACUUM ANALYZE').then(() => undefined);
  await vacuum();
  return { crm, scope, slug, vacuum, close: () => crm.close() };
}

const DROP_INDEXES = `
  DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'lead'::regclass AND NOT indisunique LOOP
      EXECUTE format('DROP INDEX %s', name);
    END LOOP;
  END $$`;

function insertLeads(first: string): string {
  return `
  INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'telecom', id FROM industry WHERE key = 'tech';
  INSERT INTO industry (tenant_id, key, label, position, merged_into_id)
    SELECT tenant_id, 'merged', 'Merged', 99, id FROM industry WHERE key = 'finance' AND tenant_id = '${first}';
  INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'merged', id FROM industry WHERE key = 'merged';
  WITH made AS (
    SELECT tenant.id AS tenant_id, number,
      CASE WHEN number % 20 = 0 THEN 'tech' WHEN number % 501 = 0 THEN 'energy' WHEN number % 97 = 0 AND tenant.id = '${first}' THEN 'merged' ELSE (ARRAY['tech', 'finance', 'healthcare', 'retail'])[1 + number % 4] END AS industry
    FROM tenant CROSS JOIN generate_series(1, ${LEADS_PER_TENANT}) AS number
  )
  INSERT INTO lead (tenant_id, id, first_name, last_name, email, company, industry, industry_id, lead_source, lead_source_id, status, status_id, marketing_channel)
  SELECT
    made.tenant_id, overlay(md5(made.tenant_id::text || number) PLACING lpad(to_hex(number), 8, '0') FROM 1 FOR 8)::uuid,
    'Ada', 'Example ' || number, 'ada@example.com', 'Example ' || number % 1000,
    CASE WHEN number % 20 = 0 THEN 'telecom' ELSE made.industry END,
    CASE WHEN number % 50 <> 0 OR made.tenant_id <> '${first}' THEN industry.id END,
    'web', lead_source.id, 'new', lead_status.id, ''
  FROM made
  JOIN industry ON industry.tenant_id = made.tenant_id AND industry.key = made.industry
  JOIN lead_source ON lead_source.tenant_id = made.tenant_id AND lead_source.key = 'web'
  JOIN lead_status ON lead_status.tenant_id = made.tenant_id AND lead_status.key = 'new'`;
}
