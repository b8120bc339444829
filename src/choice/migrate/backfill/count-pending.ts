import { sql } from 'kysely';
import { readThrough } from '../../../database/read.ts';
import type { Sql } from '../../../database/owner-database.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { legacyExpression } from '../../derive/legacy-value.ts';
import { resolveExpression } from '../../derive/resolve.ts';
import type { LegacyStorage } from '../../legacy-storage.ts';
import { readStanding } from '../report.ts';
import { inSnapshot } from '../verify/snapshot.ts';

/** How many rows a backfill would update: `countOf(field, tenant)`. */
export type PendingCounts = (field: ChoiceField, tenant: Tenant) => number;

/** Counts rows without a ref whose string resolves, and rows whose ref was merged into what their string resolves to. */
export async function countPending(db: Sql, fields: readonly ChoiceField[], tenants: readonly Tenant[]): Promise<PendingCounts> {
  const counts = new Map<string, number>();
  await inSnapshot(db, fields, async (snapshot) => {
    const { storageOf } = await readStanding(readThrough(snapshot), fields, tenants);
    for (const field of fields)
      for (const { tenant_id, count } of await countPendingOf(snapshot, field, tenants, storageOf(field) ?? 'column'))
        counts.set(`${field.coordinate} ${tenant_id}`, count);
  });
  return (field, tenant) => counts.get(`${field.coordinate} ${tenant.id}`) ?? 0;
}

async function countPendingOf(db: Sql, field: ChoiceField, tenants: readonly Tenant[], storage: LegacyStorage) {
  const ids = tenants.map((tenant) => tenant.id);
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const legacy = sql.id(field.legacyColumn);
  const unset =
    storage === 'column'
      ? sql`
        SELECT tenant_id, ${legacy}::text AS value, count(*) AS count FROM ${table}
        WHERE tenant_id = ANY (${ids}::uuid[]) AND ${ref} IS NULL AND ${legacy} <> '' GROUP BY 1, 2`
      : sql`
        SELECT archive.tenant_id, archive.legacy_value AS value, count(*) AS count
        FROM choice_archive AS archive JOIN ${table} AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id
        WHERE archive.tenant_id = ANY (${ids}::uuid[]) AND archive.field = ${field.coordinate} AND archive.ref IS NULL AND record.${ref} IS NULL
        GROUP BY 1, 2`;
  const { rows } = await sql<{ tenant_id: string; count: number }>`
    SELECT tenant_id, sum(count)::int AS count
    FROM (
      SELECT tenant_id, count FROM (${unset}) AS unset WHERE ${sql.raw(resolveExpression(field.type, 'unset.tenant_id', 'unset.value'))} IS NOT NULL
      UNION ALL
      SELECT record.tenant_id, count(*)
      FROM ${sql.table(field.type.table)} AS merged
      JOIN ${table} AS record ON record.tenant_id = merged.tenant_id AND record.${ref} = merged.id
      WHERE merged.tenant_id = ANY (${ids}::uuid[]) AND merged.merged_into_id IS NOT NULL
        AND ${sql.raw(resolveExpression(field.type, 'record.tenant_id', legacyExpression(field, storage)))} = merged.merged_into_id
      GROUP BY 1
    ) AS pending
    GROUP BY 1`.execute(db);
  return rows;
}
