import { sql } from 'kysely';
import { createChoiceCache, selectStamp } from '../choice/choice-cache.ts';
import { createChoiceReader } from '../choice/choice-reader.ts';
import type { ChoiceOperations } from '../choice/graphql/operate/choice-operations.ts';
import { createRowBudget } from '../choice/graphql/row-budget.ts';
import { holdRules } from '../choice/hold-rules.ts';
import { createRemovalDataKey } from '../choice/migrate/removal-data-key.ts';
import { countRecords } from '../choice/migrate/report.ts';
import type { RulesSource } from '../choice/rules-source.ts';
import type { ApiDatabase } from '../database/api-database.ts';
import type { OwnerDatabase, Sql } from '../database/owner-database.ts';
import { UnauthenticatedError } from '../errors.ts';
import { shareAnswers } from '../evolution/graphql/share-answer.ts';
import { judgeRemovals, REMOVAL_WINDOW } from '../evolution/removal/judge-removals.ts';
import { createRemovalStore } from '../evolution/removal/removal-store.ts';
import type { MemberUse, RemovalVerdict } from '../evolution/removal/verdict.ts';
import { currentVersion } from '../evolution/versions/api-versions.ts';
import type { Principal } from '../tenancy/principal.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { openTenantSession } from '../tenancy/tenant-session.ts';
import { choiceRegistry } from './choice-fields.ts';
import type { CrmContext } from './crm-context.ts';
import { annotateCrmSchema } from './crm-schema.ts';
import { createRecordReader } from './record/record-reader.ts';

/** What contexts are made of. `role` is undefined where the API's connection logs in as the restricted role itself. */
export interface CrmResources {
  readonly database: ApiDatabase;
  readonly owner: OwnerDatabase;
  readonly role: string | undefined;
  readonly rules: RulesSource;
  readonly operations: ChoiceOperations;
  /** Told how long each write of a record took, in milliseconds. */
  readonly onWrite?: (milliseconds: number) => void;
}

/** Makes the function that gives each operation a context of its own; `dispose` gives its connection and its rules back. */
export function createCrmContexts({
  database,
  owner,
  role,
  rules: source,
  operations,
  onWrite,
}: CrmResources): (
  principal: Principal | null,
  request: { readonly id: string },
) => Promise<CrmContext & { tenantId?: string; dispose(): Promise<void> }> {
  const findTenant = createTenantFinder(owner);
  const sessionOptions = { role, selectStamp, onWrite };
  const cache = createChoiceCache();
  const readReports = () => countRecords(owner.sql, { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined });
  const shareVerdicts = shareAnswers((_: 'all') => operations.workplace.work('dryRun', readVerdicts));
  const readRemovalVerdicts = () => shareVerdicts('all');
  const readTenantUses = shareAnswers(async (tenant: Tenant) => {
    const verdicts = await readRemovalVerdicts();
    return operations.workplace.work('dryRun', (db) => readUsesOf(db, tenant, verdicts));
  });
  const services = { readReports, readRemovalVerdicts, readTenantUses, operations };
  return async (principal, { id: requestId }) => {
    const shared = { ...services, requestId };
    // Nobody reads nothing.
    if (principal === null) return { ...shared, principal, tenant: null, stepAside: (work) => work(), dispose: () => Promise.resolve() };
    const tenant = principal.tenant === null ? null : await findTenant(principal.tenant);
    const { rules, aside, end } = await holdRules(source);
    if (tenant === null) return { ...shared, principal, tenant, stepAside: aside, dispose: async () => end() };
    const session = openTenantSession(database, tenant.id, { ...sessionOptions, structure: () => rules.revision });
    const choices = createChoiceReader(choiceRegistry, session, rules, cache);
    const records = createRecordReader(session.read, tenant.id, rules);
    const forget = () => {
      choices.clear();
      records.clear();
    };
    return {
      ...shared,
      principal,
      tenantId: tenant.id,
      tenant: { tenant, session, rules, choices, records, forget, rows: createRowBudget() },
      stepAside: async (work) => {
        await session.refresh();
        forget();
        return aside(work);
      },
      // What still runs for the request may go on until its connection is back.
      dispose: () => session.close().finally(end),
    };
  };
}

/** Whether the deprecated members of the schema may go, over all tenants. Counts the records of fields that are not contracted. */
async function readVerdicts(db: Sql): Promise<readonly RemovalVerdict[]> {
  const schema = await annotateCrmSchema();
  return judgeRemovals({
    schema,
    version: currentVersion,
    window: REMOVAL_WINDOW,
    store: createRemovalStore(db, schema),
    dataKey: createRemovalDataKey(db, choiceRegistry, { window: REMOVAL_WINDOW }),
  });
}

/** What a tenant used of what was judged, in the window that was judged and since. */
async function readUsesOf(db: Sql, tenant: Tenant, verdicts: readonly RemovalVerdict[]): Promise<readonly MemberUse[]> {
  const since = verdicts[0]?.keys.evidence.figures.since;
  if (since === undefined) return [];
  const coordinates = verdicts.map(({ coordinate }) => coordinate);
  return createRemovalStore(db, await annotateCrmSchema()).read((records) => records.readUse(coordinates, since, tenant));
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
