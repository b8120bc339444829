import { sql } from 'kysely';
import type { ChoiceField } from '../choice/choice-field.ts';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import { mapValues } from '../choice/migrate/map.ts';
import type { RunOptions } from '../choice/migrate/run.ts';
import type { OwnerDatabase, Sql } from '../database/owner-database.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { demoMappings } from './demo-tenants.ts';
import { findLoadedTenants } from './find-loaded-tenants.ts';

/** Maps some of the values that no list has, and leaves others, as after half a day's work. What is mapped already stays. */
export async function mapDemoValues(database: OwnerDatabase, registry: ChoiceRegistry, options: Omit<RunOptions, 'dryRun'>): Promise<void> {
  for (const tenant of await findLoadedTenants(database.sql))
    for (const [coordinate, mappings] of Object.entries(demoMappings[tenant.slug] ?? {})) {
      const field = registry.field(coordinate)!;
      const mapped = await readMappedValues(database.sql, field, tenant);
      const pairs = Object.entries(mappings).flatMap(([value, key]) => (mapped.has(value) ? [] : [{ value, key }]));
      if (pairs.length > 0) await mapValues(database.sql, { registry, field, tenant, pairs, remap: false }, { ...options, dryRun: false });
    }
}

async function readMappedValues(db: Sql, field: ChoiceField, tenant: Tenant): Promise<Set<string>> {
  const { rows } = await sql<{
    value: string;
  }>`SELECT legacy_value AS value FROM ${sql.table(field.type.aliasTable)} WHERE tenant_id = ${tenant.id}`.execute(db);
  return new Set(rows.map((row) => row.value));
}
