import { type RawBuilder, sql } from 'kysely';
import { legacyExpression } from '../../derive/legacy-value.ts';
import { SAMPLES } from './finding.ts';
import { countRows, type TenantVerification, type Verification } from './verification.ts';
import type { RecordGroup } from './record-groups.ts';

/** Ids of a few records of the groups, the largest group first, each found along an index. */
export async function sampleRecords(
  { db, field, storage }: Verification,
  { tenant }: TenantVerification,
  groups: readonly RecordGroup[],
  condition: RawBuilder<unknown> = sql`true`,
): Promise<string[]> {
  const ids: string[] = [];
  const value = sql.raw(legacyExpression(field, storage));
  for (const group of groups.toSorted((a, b) => b.count - a.count)) {
    if (ids.length >= SAMPLES) break;
    const { rows } = await sql<{ id: string }>`
      SELECT record.id FROM ${sql.table(field.table)} AS record
      WHERE record.tenant_id = ${tenant.id} AND ${equals(value, group.value)} AND ${equals(sql`record.${sql.id(field.refColumn)}`, group.ref)}
        AND ${condition}
      ORDER BY record.id LIMIT ${SAMPLES - ids.length}`.execute(db);
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}

/** What rows of the groups have in common, as a finding tells it. */
export async function describeRows(
  verification: Verification,
  tenant: TenantVerification,
  groups: readonly RecordGroup[],
): Promise<{ count: number; sampleIds: readonly string[] }> {
  return { count: countRows(groups), sampleIds: await sampleRecords(verification, tenant, groups) };
}

/** Unlike IS NOT DISTINCT FROM, an index serves it. */
function equals(expression: RawBuilder<unknown>, value: string | null): RawBuilder<unknown> {
  return value === null ? sql`${expression} IS NULL` : sql`${expression} = ${value}`;
}
