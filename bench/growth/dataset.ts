import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { bringUpDatabase } from '../../src/crm/crm-database.ts';
import { findTenants } from '../../src/tenancy/tenant.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { RUN } from '../migration/dataset.ts';

/** How many leads the tenants `leads-1000`, … have, and how many tenants `small-1`, … there are, of `SMALL` leads each. */
export interface Sizes {
  readonly leads: readonly number[];
  readonly tenants: number;
}

export const SMALL = 10;
/** Of every tenant's leads one in so many has another industry than the rest. */
export const RARE = 1_000;

/**
 * Leads whose answers are all equally long. Every choice field of the tenants `leads-…` is at phase `migrated`, of the small ones at
 * `populated`, which reads take the same way. The leads come with their refs, past the triggers that would look up the same for each of a
 * million.
 */
export async function createGrowthDataset(database: OwnerDatabase, sizes: Sizes, say: (line: string) => void): Promise<void> {
  const { sql: db } = database;
  await bringUpDatabase(database, { dryRun: false });
  await sql`
    INSERT INTO tenant (slug, name)
    SELECT 'small-' || n, 'Small ' || n FROM generate_series(1, ${sizes.tenants}::int) AS n
    UNION ALL SELECT 'leads-' || size, 'Leads ' || size FROM unnest(${sizes.leads}::int[]) AS size`.execute(db);
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fieldsOf('Lead'), tenants: undefined };
  await expandFields(db, { ...scope, fields: choiceRegistry.fields }, RUN);
  say('populating');
  await populateChoices(db, scope, RUN);
  const large = await findTenants(
    db,
    sizes.leads.map((size) => `leads-${size}`),
  );
  const { ok, blockers } = await migrateRecords(db, { ...scope, tenants: large }, RUN);
  if (!ok) throw new Error(`expected fields that are migrated, got ${JSON.stringify(blockers)}`);
  say('inserting leads');
  await db.transaction().execute(async (transaction) => {
    await sql`ALTER TABLE lead DISABLE TRIGGER USER`.execute(transaction);
    await insertLeads(scope.fields).execute(transaction);
    await sql`ALTER TABLE lead ENABLE TRIGGER USER`.execute(transaction);
  });
  await sql`VACUUM ANALYZE`.execute(db);
}

function insertLeads(fields: readonly ChoiceField[]): RawBuilder<unknown> {
  const values = fields.map((field) => {
    const common = sql`${firstKey(field)}::text`;
    return field.coordinate === 'Lead.industry' ? sql`CASE n % ${RARE}::int WHEN 500 THEN 'finance' ELSE ${common} END` : common;
  });
  const columns = fields.flatMap((field) => [sql.id(field.legacyColumn), sql.id(field.refColumn)]);
  const cells = fields.flatMap((field, at) => [
    values[at]!,
    sql`(SELECT choice.id FROM ${sql.table(field.type.table)} AS choice WHERE choice.tenant_id = tenant.id AND choice.key = ${values[at]!})`,
  ]);
  return sql`
    INSERT INTO lead (tenant_id, first_name, last_name, email, company, ${sql.join(columns)})
    SELECT tenant.id, 'First ' || lpad(n::text, 9, '0'), 'Last ' || lpad(n::text, 9, '0'), 'lead' || n || '@example.test', 'Company ' || n, ${sql.join(cells)}
    FROM (SELECT id, CASE WHEN slug LIKE 'small-%' THEN ${SMALL}::int ELSE split_part(slug, '-', 2)::int END AS size FROM tenant) AS tenant,
      generate_series(1, tenant.size) AS n`;
}

function firstKey(field: ChoiceField): string {
  return field.hardcoded[0]![0];
}
