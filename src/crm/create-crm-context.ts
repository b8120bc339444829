import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { createChoiceReader } from '../choice/choice-reader.ts';
import { countRecords } from '../choice/migrate/report.ts';
import type { OwnerDatabase } from '../database/owner-database.ts';
import { UnauthenticatedError } from '../errors.ts';
import type { Principal } from '../tenancy/principal.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { openTenantSession } from '../tenancy/tenant-session.ts';
import { choiceRegistry } from './choice-fields.ts';
import type { CrmContext } from './crm-context.ts';
import { createRowBudget } from './record/row-budget.ts';
import { createRecordReader } from './record/record-reader.ts';

/** What contexts are made of. `role` is undefined where the ORM's connection logs in as the restricted role itself. */
export interface CrmResources {
  readonly orm: MikroORM;
  readonly owner: OwnerDatabase;
  readonly role: string | undefined;
}

/** Makes the function that gives each operation a context of its own; `dispose` gives its connection back. */
export function createCrmContexts({
  orm,
  owner,
  role,
}: CrmResources): (principal: Principal | null) => Promise<CrmContext & { dispose(): Promise<void> }> {
  const findTenant = createTenantFinder(owner);
  const readReports = () => countRecords(owner.sql, { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined });
  return async (principal) => {
    const slug = principal?.tenant ?? null;
    if (slug === null) return { principal, tenant: null, readReports, dispose: () => Promise.resolve() };
    const tenant = await findTenant(slug);
    const session = openTenantSession(orm, tenant.id, role);
    const choices = createChoiceReader(session.read, tenant.id);
    const records = createRecordReader(session.read, tenant.id);
    return {
      principal,
      tenant: { tenant, session, choices, records, rows: createRowBudget() },
      readReports,
      dispose: () => session.close(),
    };
  };
}

/** A tenant's id never changes and no tenant goes away: what was found once is kept. */
function createTenantFinder(owner: OwnerDatabase): (slug: string) => Promise<Tenant> {
  const known = new Map<string, Tenant>();
  return async (slug) => {
    // What no tenant can be called is not asked for: PostgreSQL takes no NUL in a text.
    const { rows } =
      known.has(slug) || !/^[a-z0-9-]{1,63}$/.test(slug)
        ? { rows: [] }
        : await sql<Tenant>`SELECT id, slug, name FROM tenant WHERE slug = ${slug}`.execute(owner.sql);
    const tenant = known.get(slug) ?? rows[0];
    if (tenant === undefined) throw new UnauthenticatedError('The token names a tenant that does not exist');
    known.set(slug, tenant);
    return tenant;
  };
}
