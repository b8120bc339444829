import { sql } from 'kysely';
import { findExclusiveHolders } from '../../database/exclusive.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import { lockChains } from '../audit/lock-chains.ts';
import type { ChoiceField } from '../choice-field.ts';
import { findDataBlockers } from './data-blockers.ts';
import { nameAliasEdit } from './name-alias-edit.ts';
import { hasReached, recordPhaseChange } from './phase.ts';
import { countHeldRecords, countRecords, type FieldReport, type Report } from './report.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import { holdTables } from './verify/snapshot.ts';

export interface PreferResult extends Report {
  readonly ok: true;
  readonly fields: readonly (FieldReport & { readonly changed: boolean })[];
}

export type PreferOptions = RunOptions & { readonly reason?: string };

/**
 * Has `industryRef`, its filters and its ordering read the ref alone, field by field and tenant by tenant: all of the scope or
 * none. What is there is counted afresh, and nobody's phase changes between that and the flip.
 * @throws BlockedError for what is not migrated, or is so no more, and where somebody edits aliases that rows are to follow.
 */
export async function preferFields(db: Sql, scope: Scope, options: PreferOptions): Promise<PreferResult> {
  await assertSeesEveryRow(db, scope.fields);
  const tenants = scope.tenants ?? (await listTenants(db));
  if (options.dryRun) return conclude(await countRecords(db, { ...scope, tenants }), await findEditors(db, scope.fields, tenants));
  return db.transaction().execute(async (transaction) => {
    await lockParts(transaction, scope.fields, tenants);
    // Before rows are counted: an edit that begins later waits for the locks, and then finds the parts preferred.
    const editors = await findEditors(transaction, scope.fields, tenants);
    const result = conclude(await countFresh(transaction, { ...scope, tenants }, options), editors);
    const { actor, request, reason } = options;
    await describeChange(transaction, { actor, request, reason, operation: 'prefer' });
    const changed = new Set(result.fields.filter((report) => report.changed).map(({ tenant }) => tenant));
    await lockChains(
      transaction,
      tenants.filter((tenant) => changed.has(tenant.slug)).map((tenant) => tenant.id),
    );
    for (const field of scope.fields) {
      const slugs = new Set(
        result.fields.filter((report) => report.field === field.coordinate && report.changed).map(({ tenant }) => tenant),
      );
      await flip(
        transaction,
        field,
        tenants.filter((tenant) => slugs.has(tenant.slug)),
        options,
      );
    }
    return result;
  });
}

/** Backfills pass by a part that is locked, and phases wait for it. */
async function lockParts(transaction: Sql, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<void> {
  await sql`
    SELECT FROM choice_tenant_state
    WHERE field = ANY (${fields.map((field) => field.coordinate)}::text[]) AND tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])
    ORDER BY tenant_id, field FOR NO KEY UPDATE`.execute(transaction);
}

/** Field and tenant → the pid of who edits aliases that its rows resolve by. */
type Editors = ReadonlyMap<string, number>;

async function findEditors(db: Sql, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<Editors> {
  const types = [...new Set(fields.map((field) => field.type))];
  const holders = await findExclusiveHolders(
    db,
    types.flatMap((type) => tenants.map((tenant) => nameAliasEdit(type, tenant))),
  );
  const parts = fields.flatMap((field) => tenants.map((tenant) => ({ field, tenant })));
  return new Map(
    parts.flatMap(({ field, tenant }): [string, number][] => {
      const pid = holders.get(nameAliasEdit(field.type, tenant));
      return pid === undefined ? [] : [[`${field.coordinate} ${tenant.slug}`, pid]];
    }),
  );
}

/** Each statement sees what was committed before it: the parts and the tables are held, so where strings are stays true. */
async function countFresh(transaction: Sql, scope: Scope, options: RunOptions): Promise<FieldReport[]> {
  const reports: FieldReport[] = [];
  for (const [done, field] of scope.fields.entries()) {
    options.onProgress({ step: 'prefer', field: field.coordinate, done, total: scope.fields.length });
    await holdTables(transaction, [field]);
    reports.push(...(await countHeldRecords(transaction, { ...scope, fields: [field] })));
  }
  return reports;
}

/** The reports as they are after the flip. @throws BlockedError */
function conclude(reports: readonly FieldReport[], editors: Editors): PreferResult {
  const blockers = reports.flatMap((report) => (hasReached(report.phase, 'preferred') ? [] : findBlockers(report, editors)));
  if (blockers.length > 0) throw new BlockedError(blockers);
  const fields = reports.map((report) => {
    const changed = !hasReached(report.phase, 'preferred');
    return { ...report, phase: changed ? ('preferred' as const) : report.phase, changed };
  });
  return { ok: true, fields, blockers: [] };
}

function findBlockers(report: FieldReport, editors: Editors): Blocker[] {
  const { field, tenant, phase } = report;
  if (hasReached(phase, 'migrated')) return [...findEdit(report, editors), ...findDataBlockers(report)];
  const next =
    phase === 'legacy' ? `expand --field ${field}` : `${phase === 'expanded' ? 'populate' : 'migrate'} --field ${field} --tenant ${tenant}`;
  return [{ code: 'NOT_MIGRATED', field, tenant, message: `${field} of ${tenant} is at phase ${phase}. Run: choices ${next}` }];
}

/** Whoever edits aliases makes the parts preferred again that were so, once their rows have followed. */
function findEdit({ field, tenant }: FieldReport, editors: Editors): Blocker[] {
  const pid = editors.get(`${field} ${tenant}`);
  if (pid === undefined) return [];
  const message = `${field} of ${tenant}: an edit of its aliases (choices map, choices populate) is under way (pid ${pid}). Run the command again when it has ended`;
  return [{ code: 'ALIASES_EDITED', field, tenant, message }];
}

async function flip(transaction: Sql, field: ChoiceField, tenants: readonly Tenant[], options: PreferOptions): Promise<void> {
  if (tenants.length === 0) return;
  await sql`
    UPDATE choice_tenant_state SET phase = 'preferred'
    WHERE field = ${field.coordinate} AND tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])`.execute(transaction);
  await recordPhaseChange(transaction, {
    field,
    tenants,
    from: 'migrated',
    to: 'preferred',
    actor: options.actor,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
}
