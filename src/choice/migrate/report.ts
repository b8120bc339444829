import { sql } from 'kysely';
import { type Read, readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { resolveExpression, survivorExpression } from '../derive/resolve.ts';
import { type Suggestible, suggestKeys } from '../suggest.ts';
import { type Phase, readFieldPhases, readPhases } from './phase.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { Scope } from './run.ts';

/** A legacy value that no alias of the tenant maps, and how many rows carry it. */
export interface UnmappedValue {
  readonly value: string;
  readonly count: number;
  readonly accepted: boolean;
  /** Keys of near matches, best first. */
  readonly suggestions: readonly string[];
}

/** The rows of one field and tenant: `rows` = mapped + empty + missing + unmapped. Drift is a fault within mapped. */
export interface FieldReport {
  readonly field: string;
  readonly tenant: string;
  readonly phase: Phase;
  readonly rows: number;
  readonly mapped: number;
  readonly empty: number;
  readonly missing: number;
  readonly drift: number;
  readonly unmapped: readonly UnmappedValue[];
}

export interface Report {
  readonly ok: boolean;
  readonly fields: readonly FieldReport[];
  readonly blockers: readonly Blocker[];
}

/** Rows that agree in tenant, legacy value and ref. */
interface Group {
  readonly tenant_id: string;
  readonly value: string | null;
  readonly ref: string | null;
  readonly count: number;
  readonly resolved: string | null;
  readonly survivor: string | null;
}

/** Counts every row of the scope, one statement per field, in one snapshot. */
export async function countRecords(db: Sql, scope: Scope): Promise<FieldReport[]> {
  await assertSeesEveryRow(db, scope.fields);
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) =>
      countRecordsOf(readThrough(transaction), scope.fields, scope.tenants ?? (await listTenants(transaction))),
    );
}

/** The same through any reader: a tenant's own sees its own rows. */
export async function countRecordsOf(read: Read, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<FieldReport[]> {
  const phaseOf = await readPhases(read);
  const fieldPhases = await readFieldPhases(read);
  const reports: FieldReport[] = [];
  for (const field of fields) {
    const groups = Map.groupBy(await readGroups(read, field, tenants, fieldPhases.has(field.coordinate)), (group) => group.tenant_id);
    const accepted = await readAccepted(read, field);
    const choices = await readSuggestible(read, field, tenants);
    for (const tenant of tenants)
      reports.push({
        field: field.coordinate,
        tenant: tenant.slug,
        phase: phaseOf(field, tenant.id),
        ...classify(groups.get(tenant.id) ?? [], accepted.get(tenant.id) ?? new Set(), choices.get(tenant.id) ?? hardcodedChoices(field)),
      });
  }
  return reports;
}

/** How many rows of a report are unmapped and not accepted. */
export function countUnaccepted(report: FieldReport): number {
  return report.unmapped.filter((unmapped) => !unmapped.accepted).reduce((sum, unmapped) => sum + unmapped.count, 0);
}

async function readGroups(read: Read, field: ChoiceField, tenants: readonly Tenant[], expanded: boolean): Promise<Group[]> {
  const ref = expanded ? sql.id(field.refColumn) : sql`NULL::uuid`;
  const rows = await read(sql<Group>`
    WITH counted AS (
      SELECT tenant_id, ${sql.id(field.legacyColumn)}::text AS value, ${ref} AS ref, count(*)::int AS count
      FROM ${sql.table(field.table)}
      WHERE tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])
      GROUP BY 1, 2, 3
    )
    SELECT
      counted.*,
      ${sql.raw(resolveExpression(field.type, 'counted.tenant_id', 'counted.value'))} AS resolved,
      ${sql.raw(survivorExpression(field.type, 'counted.tenant_id', 'counted.ref'))} AS survivor
    FROM counted`);
  return rows;
}

function classify(groups: readonly Group[], accepted: ReadonlySet<string>, choices: readonly Suggestible[]) {
  const count = (some: readonly Group[]) => some.reduce((sum, group) => sum + group.count, 0);
  const mapped = groups.filter((group) => group.ref !== null);
  const unset = groups.filter((group) => group.ref === null);
  const empty = unset.filter((group) => group.value === null || group.value === '');
  const missing = unset.filter((group) => group.resolved !== null);
  const unmapped = unset.filter((group) => group.resolved === null && !empty.includes(group));
  return {
    rows: count(groups),
    mapped: count(mapped),
    empty: count(empty),
    missing: count(missing),
    drift: count(mapped.filter((group) => group.survivor !== group.resolved)),
    unmapped: unmapped
      .map(({ value, count }) => ({ value: value!, count, accepted: accepted.has(value!), suggestions: suggestKeys(value!, choices) }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
  };
}

async function readAccepted(read: Read, field: ChoiceField): Promise<Map<string, Set<string>>> {
  const rows = await read(
    sql<{
      tenant_id: string;
      legacy_value: string;
    }>`SELECT tenant_id, legacy_value FROM choice_acceptance WHERE field = ${field.coordinate}`,
  );
  const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
  return new Map([...byTenant].map(([tenantId, values]) => [tenantId, new Set(values.map((row) => row.legacy_value))]));
}

async function readSuggestible(read: Read, field: ChoiceField, tenants: readonly Tenant[]): Promise<Map<string, readonly Suggestible[]>> {
  const rows = await read(sql<Suggestible & { tenant_id: string }>`
    SELECT tenant_id, key, label FROM ${sql.table(field.type.table)}
    WHERE tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[]) AND deleted_at IS NULL AND merged_into_id IS NULL
    ORDER BY tenant_id, position, id`);
  return Map.groupBy(rows, (row) => row.tenant_id);
}

function hardcodedChoices(field: ChoiceField): readonly Suggestible[] {
  return field.hardcoded.map(([key, label]) => ({ key, label }));
}
