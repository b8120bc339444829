import { sql } from 'kysely';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { migrateDatabase } from '../../src/database/migrate.ts';
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

/** Leads whose answers are all equally long, every choice field of theirs at phase `migrated`. */
export async function createGrowthDataset(database: OwnerDatabase, { leads, tenants }: Sizes): Promise<void> {
  const { sql: db } = database;
  await migrateDatabase(database, { dryRun: false });
  await sql`
    INSERT INTO tenant (slug, name)
    SELECT 'small-' || n, 'Small ' || n FROM generate_series(1, ${tenants}::int) AS n
    UNION ALL SELECT 'leads-' || size, 'Leads ' || size FROM unnest(${leads}::int[]) AS size`.execute(db);
  await sql`
    INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, status, marketing_channel)
    SELECT tenant.id, 'First ' || lpad(n::text, 9, '0'), 'Last ' || lpad(n::text, 9, '0'), 'lead' || n || '@example.test', 'Company ' || n, CASE n % ${RARE}::int WHEN 500 THEN 'finance' ELSE 'tech' END,
      ${firstKey('Lead.leadSource')}, ${firstKey('Lead.status')}, ${firstKey('Lead.marketingChannel')}
    FROM (SELECT id, CASE WHEN slug LIKE 'small-%' THEN ${SMALL}::int ELSE split_part(slug, '-', 2)::int END AS size FROM tenant) AS tenant,
      generate_series(1, tenant.size) AS n`.execute(db);
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fieldsOf('Lead'), tenants: undefined };
  await expandFields(db, { ...scope, fields: choiceRegistry.fields }, RUN);
  await populateChoices(db, scope, RUN);
  const { ok, blockers } = await migrateRecords(db, scope, RUN);
  if (!ok) throw new Error(`expected fields that are migrated, got ${JSON.stringify(blockers)}`);
  await sql`VACUUM ANALYZE`.execute(db);
}

function firstKey(coordinate: string): string {
  return choiceRegistry.field(coordinate)!.hardcoded[0]![0];
}
