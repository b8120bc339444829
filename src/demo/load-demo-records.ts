import { sql } from 'kysely';
import { describeChange } from '../choice/audit/describe-change.ts';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import { insertTenant } from '../choice/migrate/create-tenant.ts';
import type { RunOptions } from '../choice/migrate/run.ts';
import type { OwnerDatabase, Sql } from '../database/owner-database.ts';
import { demoTenants } from './demo-tenants.ts';
import { type DemoRecord, generateRecords } from './generate-records.ts';

/**
 * Creates the demo's tenants with their records as the world was before the change: legacy columns only. A tenant is loaded
 * whole or not at all, and one whose slug is taken already is left alone, so a second run changes nothing.
 * Returns the slugs of those that it loaded.
 */
export async function loadDemoRecords(
  database: OwnerDatabase,
  registry: ChoiceRegistry,
  options: Omit<RunOptions, 'dryRun'>,
): Promise<string[]> {
  const loaded: string[] = [];
  for (const tenant of demoTenants) {
    const created = await database.sql.transaction().execute(async (transaction) => {
      await describeChange(transaction, { actor: options.actor, operation: 'load demo' });
      const inserted = await insertTenant(transaction, registry, tenant, options.actor);
      if (!inserted.created) return false;
      for (const [table, records] of Object.entries(generateRecords(registry, tenant))) {
        options.onProgress({ step: 'load', field: table, tenant: tenant.slug, done: 0, total: records.length });
        await insertRecords(transaction, table, inserted.tenant.id, records);
        options.onProgress({ step: 'load', field: table, tenant: tenant.slug, done: records.length, total: records.length });
      }
      return true;
    });
    if (created) loaded.push(tenant.slug);
  }
  if (loaded.length > 0) await sql`ANALYZE account, lead, opportunity, task`.execute(database.sql);
  return loaded;
}

async function insertRecords(transaction: Sql, table: string, tenantId: string, records: readonly DemoRecord[]): Promise<void> {
  const columns = sql.join(Object.keys(records[0]!).map((name) => sql.id(name)));
  await sql`
    INSERT INTO ${sql.table(table)} (tenant_id, ${columns})
    SELECT ${tenantId}::uuid, ${columns} FROM jsonb_populate_recordset(NULL::${sql.table(table)}, ${JSON.stringify(records)}::jsonb)`.execute(
    transaction,
  );
}
