import { sql } from 'kysely';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { bringUpDatabase } from '../../src/crm/crm-database.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';

const TENANTS = 20;

/** The field that is migrated; the others are expanded and populated, as they would be. */
export const FIELD = choiceRegistry.field('Lead.industry')!;
export const SCOPE = { registry: choiceRegistry, fields: [FIELD], tenants: undefined };
export const RUN = { dryRun: false, actor: 'bench', onProgress: () => undefined };

/**
 * Leads of 20 tenants as they come out of years of use: nine tenths carry a key of the list, the others an alias, an empty
 * string, or a value that no list has. Expanded and populated, nothing migrated, analysed.
 */
export async function createDataset(database: OwnerDatabase, rows: number): Promise<void> {
  await bringUpDatabase(database, { dryRun: false });
  await sql`INSERT INTO tenant (slug, name) SELECT 'tenant-' || n, 'Tenant ' || n FROM generate_series(1, ${TENANTS}::int) AS n`.execute(
    database.sql,
  );
  const keys = (coordinate: string) => choiceRegistry.field(coordinate)!.hardcoded.map(([key]) => key);
  const pick = (coordinate: string) => {
    const list = keys(coordinate);
    return sql`(${list}::text[])[1 + floor(random() * ${list.length})::int]`;
  };
  await sql`
    INSERT INTO lead (tenant_id, first_name, last_name, email, company, industry, lead_source, status, marketing_channel, lead_score)
    SELECT tenant.id, 'First ' || n, 'Last ' || n, 'lead' || n || '@example.test', 'Company ' || n,
      CASE n % 20 WHEN 0 THEN '' WHEN 1 THEN 'Mystery' WHEN 2 THEN 'Technology' ELSE ${pick('Lead.industry')} END,
      ${pick('Lead.leadSource')}, ${pick('Lead.status')}, ${pick('Lead.marketingChannel')}, n % 100
    FROM generate_series(1, ${rows}::int) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place FROM tenant) AS tenant ON tenant.place = n % ${TENANTS}
    ORDER BY n`.execute(database.sql);
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fieldsOf('Lead'), tenants: undefined };
  await expandFields(database.sql, scope, RUN);
  await populateChoices(database.sql, scope, RUN);
  await sql`
    INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'Technology', id FROM industry WHERE key = 'tech'`.execute(
    database.sql,
  );
  await sql`VACUUM ANALYZE`.execute(database.sql);
}

/** The floor: one statement for all rows, under the same triggers and the same foreign key. Returns the rows it changed. */
export async function updateAtOnce(database: OwnerDatabase): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE lead SET industry_id = choice.id
    FROM industry_alias AS alias JOIN industry AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
    WHERE alias.tenant_id = lead.tenant_id AND alias.legacy_value = lead.industry AND lead.industry_id IS NULL`.execute(database.sql);
  return Number(numAffectedRows);
}

/** Has every tenant reach `migrated`: the value that no list has is accepted. Vacuumed, as autovacuum leaves it some time later. */
export async function completeMigration(database: OwnerDatabase): Promise<void> {
  await sql`
    INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by)
    SELECT id, ${FIELD.coordinate}, 'Mystery', 'nobody knows it', ${RUN.actor} FROM tenant`.execute(database.sql);
  const { ok, blockers } = await migrateRecords(database.sql, SCOPE, RUN);
  if (!ok) throw new Error(`expected a field that is migrated, got ${JSON.stringify(blockers)}`);
  await sql`VACUUM ANALYZE lead`.execute(database.sql);
}
