import { sql } from 'kysely';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import type { OwnerDatabase } from '../database/owner-database.ts';
import { demoMappings, demoTenants } from './demo-tenants.ts';
import { findLoadedTenants } from './find-loaded-tenants.ts';

/**
 * Whether the demo has been loaded to its end, whatever was done to it afterwards: every tenant is there, and those without
 * values to decide on have been migrated, field by field, at some time. Quick enough for every start.
 */
export async function isDemoLoaded(database: OwnerDatabase, registry: ChoiceRegistry): Promise<boolean> {
  const { rows: tenants } = await sql<{
    slug: string;
  }>`SELECT slug FROM tenant WHERE slug = ANY (${demoTenants.map(({ slug }) => slug)}::text[])`.execute(database.sql);
  if (tenants.length < demoTenants.length) return false;

  const finished = (await findLoadedTenants(database.sql)).filter(({ slug }) => demoMappings[slug] === undefined);
  const { rows } = await sql<{ migrated: number }>`
    SELECT count(DISTINCT (field, tenant_id))::int AS migrated FROM choice_phase_change
    WHERE to_phase = 'migrated' AND tenant_id = ANY (${finished.map(({ id }) => id)}::uuid[])
      AND field = ANY (${registry.fields.map((field) => field.coordinate)}::text[])`.execute(database.sql);
  return rows[0]!.migrated === finished.length * registry.fields.length;
}
