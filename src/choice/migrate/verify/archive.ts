import { type RawBuilder, sql } from 'kysely';
import { qualify, quoteIdentifier, quoteLiteral } from '../../../database/identifier.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { differs } from '../settle-strings.ts';
import { byCommand, type Finding, type Remedy, SAMPLES } from './finding.ts';
import { locate, type Verification } from './verification.ts';

/** One way in which the archive can be wrong: what a tenant has, which of that is wrong, and the record's id. */
interface ArchiveFault {
  readonly message: string;
  readonly rows: RawBuilder<unknown>;
  readonly condition: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  readonly remedy: (tenantId: string) => Remedy;
}

/**
 * Archived strings that belong to no row as it is now, and rows that would answer another string without their column.
 * The archive is judged as soon as somebody may read it; before, while `contract` fills it, the column is all that counts.
 */
export async function findArchiveFaults(verification: Verification): Promise<Finding[]> {
  const { regime, storage } = verification.state;
  const isJudged = regime !== 'column' && (regime !== 'window' || storage === 'archive');
  if (!isJudged || verification.tenants.length === 0) return [];
  const faults = [gone(verification), stale(verification), ...(regime === 'archive' ? [] : [differing(verification)])];
  const counted: (readonly [ArchiveFault, Map<string, FaultyRows>])[] = [];
  for (const fault of faults) counted.push([fault, await countFault(verification, fault)]);
  return verification.tenants.flatMap((tenant) =>
    counted.flatMap(([{ message, remedy }, byTenant]) => {
      const rows = byTenant.get(tenant.tenant.id);
      return rows ? { ...locate(verification, tenant), code: 'ARCHIVE' as const, message, ...rows, ...remedy(tenant.tenant.id) } : [];
    }),
  );
}

type FaultyRows = Pick<Finding, 'count' | 'sampleIds'>;

/** By tenant; one without any is not in it. Tenant after tenant, so that each reads its own rows by an index. */
async function countFault({ db, tenants }: Verification, { rows, condition, id }: ArchiveFault): Promise<Map<string, FaultyRows>> {
  const ids = tenants.map(({ tenant }) => tenant.id);
  const { rows: found } = await sql<FaultyRows & { tenantId: string }>`
    SELECT tenant.id AS "tenantId", faulty.count, faulty."sampleIds"
    FROM unnest(${ids}::uuid[]) AS tenant (id) CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, (array_agg(${id} ORDER BY ${id}))[:${sql.lit(SAMPLES)}] AS "sampleIds" FROM ${rows} WHERE ${condition}
    ) AS faulty
    WHERE faulty.count > 0`.execute(db);
  return new Map(found.map(({ tenantId, ...faulty }) => [tenantId, faulty]));
}

/** Archived strings of a field and tenant, joined with their records in one way. */
function archived(field: ChoiceField, join: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`choice_archive AS archive ${join} ${sql.table(field.table)} AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id`;
}

function isArchived({ coordinate }: ChoiceField): RawBuilder<unknown> {
  return sql`archive.tenant_id = tenant.id AND archive.field = ${coordinate}`;
}

function gone({ field }: Verification): ArchiveFault {
  return {
    message: 'strings are archived of records that are gone',
    id: sql`archive.record_id`,
    rows: archived(field, sql`LEFT JOIN`),
    condition: sql`${isArchived(field)} AND record.id IS NULL`,
    remedy: (tenantId) => ({ remedy: deleteUseless(field, tenantId) }),
  };
}

function stale({ field }: Verification): ArchiveFault {
  return {
    message: 'strings are archived with another ref than their record has, and count for nothing',
    id: sql`archive.record_id`,
    rows: archived(field, sql`JOIN`),
    condition: sql`${isArchived(field)} AND record.${sql.id(field.refColumn)} IS DISTINCT FROM archive.ref`,
    remedy: (tenantId) => ({ remedy: deleteUseless(field, tenantId) }),
  };
}

/** On the way back rows that are not filled yet are no fault, as long as nobody reads the column. */
function differing({ field, state: { phase, storage } }: Verification): ArchiveFault {
  const counts = phase === 'contracted' && storage === 'archive' ? sql`record.${sql.id(field.legacyColumn)} IS NOT NULL` : sql`true`;
  return {
    message: 'rows whose column holds another string than archive and key restore',
    id: sql`record.id`,
    rows: sql`${sql.table(field.table)} AS record`,
    condition: sql`record.tenant_id = tenant.id AND ${counts} AND ${differs(field)}`,
    remedy: () =>
      phase === 'contracted'
        ? byCommand('rollback', '--to', 'preferred', '--field', field.coordinate)
        : byCommand('contract', '--field', field.coordinate),
  };
}

function deleteUseless({ table, refColumn, coordinate }: ChoiceField, tenantId: string): string {
  return (
    `DELETE FROM ${qualify('choice_archive')} AS archive WHERE tenant_id = ${quoteLiteral(tenantId)} AND field = ${quoteLiteral(coordinate)} ` +
    `AND NOT EXISTS (SELECT FROM ${qualify(table)} AS record WHERE record.tenant_id = archive.tenant_id AND record.id = archive.record_id ` +
    `AND record.${quoteIdentifier(refColumn)} IS NOT DISTINCT FROM archive.ref)`
  );
}
