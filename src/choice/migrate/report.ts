import { sql } from 'kysely';
import { type Read, readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import { type Suggestible, suggestKeys } from '../suggest.ts';
import { type Phase, readPhases } from './phase.ts';
import { type FieldState, readFieldState } from './read-regime.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { Scope } from './run.ts';
import { type Quarantine, readQuarantine } from './verify/quarantine.ts';
import { findRefFault, readRecordGroups, type RecordGroup, type RefFault } from './verify/record-groups.ts';
import { inSnapshot } from './verify/snapshot.ts';

/** A legacy value that no alias of the tenant maps, and how many rows carry it. */
export interface CountedValue {
  readonly value: string;
  readonly count: number;
  readonly accepted: boolean;
}

/**
 * The rows of one field and tenant: `rows` = mapped + empty + missing + unmapped. Drift is a fault within mapped: every ref that
 * is not what the string resolves to, also one that names no choice of the tenant.
 */
export interface RowCounts {
  readonly rows: number;
  readonly mapped: number;
  readonly empty: number;
  readonly missing: number;
  readonly drift: number;
  readonly unmapped: readonly CountedValue[];
}

export interface UnmappedValue extends CountedValue {
  /** Keys of near matches, best first. */
  readonly suggestions: readonly string[];
}

/** The same as people are told it. */
export interface FieldReport extends RowCounts {
  readonly field: string;
  readonly tenant: string;
  readonly phase: Phase;
  readonly unmapped: readonly UnmappedValue[];
  /** Rows that no batch could write; absent where the reader may not know. */
  readonly quarantined?: number;
  /** How many of them are missing; the others refer to a choice that was merged. */
  readonly quarantinedMissing?: number;
}

export interface Report {
  readonly ok: boolean;
  readonly fields: readonly FieldReport[];
  readonly blockers: readonly Blocker[];
}

/** One tenant's part of a field, with the groups of rows that its report counts. */
export interface CountedTenant {
  readonly tenant: Tenant;
  readonly report: FieldReport;
  readonly groups: readonly RecordGroup[];
}

/** Where the fields stand in one snapshot, as servers are told. */
export interface Standing {
  phaseOf(field: ChoiceField, tenantId: string): Phase;
  /** Where a field's strings are; undefined as long as it has no refs. */
  storageOf(field: ChoiceField): LegacyStorage | undefined;
}

/**
 * Counts every row of the scope, one statement per field, in one snapshot. While strings are kept twice, those that count are
 * taken: what servers are told to read follows them.
 */
export async function countRecords(db: Sql, scope: Scope): Promise<FieldReport[]> {
  await assertSeesEveryRow(db, scope.fields);
  return inSnapshot(db, scope.fields, (snapshot) => countHeldRecords(snapshot, scope));
}

/** The same in a transaction that holds the fields' tables. */
export async function countHeldRecords(transaction: Sql, scope: Scope): Promise<FieldReport[]> {
  const read = readThrough(transaction);
  const tenants = scope.tenants ?? (await listTenants(transaction));
  const phaseOf = await readPhases(read, { fields: scope.fields, tenants });
  const reports: FieldReport[] = [];
  for (const field of scope.fields) {
    const storage = authoritativeStorage(await readFieldState(transaction, field));
    const quarantine = await readQuarantine(read, field, tenants, storage);
    for (const { tenant, report } of await countField(read, field, tenants, { phaseOf, storageOf: () => storage }))
      reports.push(withQuarantine(report, quarantine.get(tenant.id)));
  }
  return reports;
}

/** A report to somebody who may know of the quarantine. */
export function withQuarantine(report: FieldReport, quarantine: Quarantine | undefined): FieldReport {
  return { ...report, quarantined: quarantine?.count ?? 0, quarantinedMissing: quarantine?.missing ?? 0 };
}

/** Where the strings are that count, whether or not servers read them there; undefined as long as the field has no refs. */
export function authoritativeStorage({ phase, regime }: FieldState): LegacyStorage | undefined {
  if (phase === 'legacy') return undefined;
  return regime === 'column' || regime === 'window' ? 'column' : 'archive';
}

/** The same through any reader: a tenant's own sees its own rows, and is not told of the quarantine. */
export async function countRecordsOf(read: Read, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<FieldReport[]> {
  const standing = await readStanding(read, fields, tenants);
  const reports: FieldReport[] = [];
  for (const field of fields) reports.push(...(await countField(read, field, tenants, standing)).map(({ report }) => report));
  return reports;
}

/** One field's rows, tenant by tenant. */
export async function countField(read: Read, field: ChoiceField, tenants: readonly Tenant[], standing: Standing): Promise<CountedTenant[]> {
  const groups = Map.groupBy(await readRecordGroups(read, field, tenants, standing.storageOf(field)), (group) => group.tenantId);
  const accepted = await readAccepted(read, field, tenants);
  const choices = await readSuggestible(read, field, tenants);
  return tenants.map((tenant) => {
    const own = groups.get(tenant.id) ?? [];
    const counts = classify(own, accepted.get(tenant.id));
    const offered = choices.get(tenant.id) ?? hardcodedChoices(field);
    const unmapped = counts.unmapped.map((value) => ({ ...value, suggestions: suggestKeys(value.value, offered) }));
    const report = { field: field.coordinate, tenant: tenant.slug, phase: standing.phaseOf(field, tenant.id), ...counts, unmapped };
    return { tenant, report, groups: own };
  });
}

/** One field's rows of one tenant, as figures alone. */
export async function countPart(read: Read, field: ChoiceField, tenant: Tenant, storage: LegacyStorage): Promise<RowCounts> {
  const groups = await readRecordGroups(read, field, [tenant], storage);
  const accepted = await readAccepted(read, field, [tenant]);
  return classify(groups, accepted.get(tenant.id));
}

export async function readStanding(read: Read, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<Standing> {
  const phaseOf = await readPhases(read, { fields, tenants });
  const rows = await read(sql<{ field: string; storage: LegacyStorage }>`SELECT field, storage FROM choice_field_state`);
  const storages = new Map(rows.map((row) => [row.field, row.storage]));
  return { phaseOf, storageOf: (field) => storages.get(field.coordinate) };
}

/** How many rows are unmapped and not accepted. */
export function countUnaccepted(counts: Pick<RowCounts, 'unmapped'>): number {
  return counts.unmapped.filter((unmapped) => !unmapped.accepted).reduce((sum, unmapped) => sum + unmapped.count, 0);
}

function classify(groups: readonly RecordGroup[], accepted: ReadonlySet<string> = new Set()): RowCounts {
  const count = (some: readonly RecordGroup[]) => some.reduce((sum, group) => sum + group.count, 0);
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
    drift: count(mapped.filter((group) => isWrong(findRefFault(group)))),
    unmapped: unmapped
      .map(({ value, count }) => ({ value: value!, count, accepted: accepted.has(value!) }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
  };
}

/** A ref that names no choice of the tenant is as wrong as one that names another. */
function isWrong(fault: RefFault | undefined): boolean {
  return fault === 'unknown' || fault === 'drift';
}

async function readAccepted(read: Read, field: ChoiceField, tenants: readonly Tenant[]): Promise<Map<string, Set<string>>> {
  const rows = await read(sql<{ tenant_id: string; legacy_value: string }>`
    SELECT tenant_id, legacy_value FROM choice_acceptance
    WHERE field = ${field.coordinate} AND tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])`);
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
