import { type Kysely, sql } from 'kysely';
import { UsageError } from '../errors.ts';

export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/** Every tenant, ordered by slug. */
export async function listTenants(db: Kysely<unknown>): Promise<Tenant[]> {
  const { rows } = await sql<Tenant>`SELECT id, slug, name FROM tenant ORDER BY slug COLLATE "C"`.execute(db);
  return rows;
}

/** The tenants with these ids, ordered by slug. */
export async function findTenantsById(db: Kysely<unknown>, ids: readonly string[]): Promise<Tenant[]> {
  const { rows } =
    await sql<Tenant>`SELECT id, slug, name FROM tenant WHERE id = ANY (${[...ids]}::uuid[]) ORDER BY slug COLLATE "C"`.execute(db);
  return rows;
}

/**
 * The tenants with these slugs, or every tenant where none is named.
 * @throws UsageError naming the slugs that no tenant has.
 */
export async function findTenants(db: Kysely<unknown>, slugs: readonly string[]): Promise<Tenant[]> {
  const tenants = await listTenants(db);
  if (slugs.length === 0) return tenants;
  const unknown = slugs.filter((slug) => !tenants.some((tenant) => tenant.slug === slug));
  if (unknown.length > 0)
    throw new UsageError(
      `Unknown tenant ${unknown.map((slug) => `"${slug}"`).join(', ')}. Expected one of: ${
        tenants
          .map((tenant) => tenant.slug)
          .slice(0, 20)
          .join(', ') || 'none yet'
      }${tenants.length > 20 ? ', …' : ''}`,
    );
  return tenants.filter((tenant) => slugs.includes(tenant.slug));
}
