import { sql } from 'kysely';
import type { Sql } from '../database/owner-database.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { demoTenants } from './demo-tenants.ts';
import { demoLegacyId } from './generate-records.ts';

/** Looked up by their index, and too many for anybody to have deleted them all. */
const LEGACY_IDS = Array.from({ length: 50 }, (_, index) => demoLegacyId(index + 1));

/** The tenants that the demo loaded. One of the same slug that somebody else created is not among them. */
export async function findLoadedTenants(db: Sql): Promise<Tenant[]> {
  const { rows } = await sql<Tenant>`
    SELECT id, slug, name FROM tenant
    WHERE slug = ANY (${demoTenants.map(({ slug }) => slug)}::text[])
      AND EXISTS (SELECT FROM lead WHERE tenant_id = tenant.id AND legacy_id = ANY (${LEGACY_IDS}::text[]))
    ORDER BY slug COLLATE "C"`.execute(db);
  return rows;
}
