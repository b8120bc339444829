import { type RawBuilder, sql } from 'kysely';
import { qualify, quoteIdentifier, quoteLiteral } from '../../../database/identifier.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { differs } from '../settle-strings.ts';
import { byCommand, type Finding, type Remedy, SAMPLES } from './finding.ts';
import { locate, type TenantVerification, type Verification } from './verification.ts';

/** One way in which the archive can be wrong: the tables with their conditions, and the record's id. */
interface ArchiveFault {
  readonly message: string;
  readonly rows: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  remedy(tenantId: string): Remedy;
}

/**
 * Archived strings that belong to no row as it is now, and rows that would answer another string without their column.
 * The archive is judged as soon as somebody may read it; before, while `contract` fills it, the column is all that counts.
 */
export async function findArchiveFaults(verification: Verification): Promise<Finding[]> {
  const { regime, storage } = verification.state;
  if (regime === 'column' || (regime === 'window' && storage === 'column')) return [];
  const faults = [gone(verification), stale(verification), ...(regime === 'archive' ? [] : [differing(verification)])];
  const findings: Finding[] = [];
  for (const tenant of verification.tenants)
    for (const fault of faults) {
      const { count, sampleIds } = await countFault(verification, tenant, fault);
      if (count === 0) continue;
      const { message } = fault;
      findings.push({
        ...locate(verification, tenant),
        code: 'ARCHIVE',
        message,
        count,
        sampleIds,
        ...fault.remedy(tenant.tenant.id),
      });
    }
  return findings;
}

async function countFault({ db }: Verification, { tenant }: TenantVerification, { rows, id }: ArchiveFault) {
  const { rows: found } = await sql<{ count: number; sampleIds: string[] }>`
    SELECT count(*)::int AS count, coalesce((array_agg(${id} ORDER BY ${id}))[:${sql.lit(SAMPLES)}], '{}') AS "sampleIds"
    FROM ${rows} AND tenant.id = ${tenant.id}`.execute(db);
  return found[0]!;
}

function gone({ field }: Verification): ArchiveFault {
  return {
    message: 'strings are archived of records that are gone',
    id: sql`archive.record_id`,
    rows: sql`
      tenant JOIN choice_archive AS archive ON archive.tenant_id = tenant.id AND archive.field = ${field.coordinate}
      LEFT JOIN ${sql.table(field.table)} AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id
      WHERE record.id IS NULL`,
    remedy: (tenantId) => ({ remedy: deleteUseless(field, tenantId) }),
  };
}

function stale({ field }: Verification): ArchiveFault {
  return {
    message: 'strings are archived with another ref than their record has, and count for nothing',
    id: sql`archive.record_id`,
    rows: sql`
      tenant JOIN choice_archive AS archive ON archive.tenant_id = tenant.id AND archive.field = ${field.coordinate}
      JOIN ${sql.table(field.table)} AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id
      WHERE record.${sql.id(field.refColumn)} IS DISTINCT FROM archive.ref`,
    remedy: (tenantId) => ({ remedy: deleteUseless(field, tenantId) }),
  };
}

/** On the way back rows that are not filled yet are no fault, as long as nobody reads the column. */
function differing({ field, state: { phase, storage } }: Verification): ArchiveFault {
  const counts = phase === 'contracted' && storage === 'archive' ? sql`record.${sql.id(field.legacyColumn)} IS NOT NULL` : sql`true`;
  return {
    message: 'rows whose column holds another string than archive and key restore',
    id: sql`record.id`,
    rows: sql`
      tenant JOIN ${sql.table(field.table)} AS record ON record.tenant_id = tenant.id
      WHERE ${counts} AND ${differs(field)}`,
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
