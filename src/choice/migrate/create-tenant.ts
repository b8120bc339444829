import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { populateTenants } from './populate.ts';

/**
 * Creates a tenant, born with the choices of every field that was populated for all. One that is there already stays.
 * @throws UsageError for a slug that is not a lower-case DNS label, or a name that is empty or longer than 200 characters.
 */
export async function createTenant(
  db: Sql,
  registry: ChoiceRegistry,
  tenant: { slug: string; name: string },
  options: { dryRun: boolean; actor: string },
): Promise<{ tenant: Tenant; created: boolean }> {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(tenant.slug))
    throw new UsageError(`A tenant's slug is 1 to 63 lower-case letters, digits and inner hyphens, got ${JSON.stringify(tenant.slug)}`);
  if (tenant.name.trim() === '' || [...tenant.name].length > 200)
    throw new UsageError(`A tenant's name has 1 to 200 characters, got ${JSON.stringify(tenant.name)}`);

  const existing = await findTenant(db, tenant.slug);
  if (existing) return { tenant: existing, created: false };
  if (options.dryRun) return { tenant: { id: '', ...tenant }, created: true };
  return db.transaction().execute(async (transaction) => {
    await describeChange(transaction, { actor: options.actor, operation: 'tenant create' });
    return insertTenant(transaction, registry, tenant, options.actor);
  });
}

/** The same inside the caller's transaction, which says who does it and why, for callers that create more than the tenant. */
export async function insertTenant(
  transaction: Sql,
  registry: ChoiceRegistry,
  tenant: { slug: string; name: string },
  actor: string,
): Promise<{ tenant: Tenant; created: boolean }> {
  // FOR SHARE makes a `populate` for all tenants that runs at this moment wait, and then see this tenant.
  const { rows: states } = await sql<{ field: string; populates_new_tenants: boolean }>`
    SELECT field, populates_new_tenants FROM choice_field_state ORDER BY field FOR SHARE`.execute(transaction);
  const { rows } = await sql<Tenant>`
    INSERT INTO tenant (slug, name) VALUES (${tenant.slug}, ${tenant.name}) ON CONFLICT (slug) DO NOTHING RETURNING id, slug, name`.execute(
    transaction,
  );
  const created = rows[0];
  if (!created) return { tenant: (await findTenant(transaction, tenant.slug))!, created: false };

  for (const { field: coordinate } of states.filter((state) => state.populates_new_tenants)) {
    const field = registry.field(coordinate);
    if (field) await populateTenants(transaction, field, [created], actor);
  }
  return { tenant: created, created: true };
}

async function findTenant(db: Sql, slug: string): Promise<Tenant | undefined> {
  const { rows } = await sql<Tenant>`SELECT id, slug, name FROM tenant WHERE slug = ${slug}`.execute(db);
  return rows[0];
}
