import { type RawBuilder, sql } from 'kysely';
import type { Read } from '../../../database/read.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { keyExpression } from '../../derive/legacy-value.ts';
import { resolveExpression, survivorExpression } from '../../derive/resolve.ts';
import type { LegacyStorage } from '../../legacy-storage.ts';

/** Rows of one tenant that agree in string and ref. */
export interface RecordGroup {
  readonly tenantId: string;
  readonly value: string | null;
  readonly ref: string | null;
  readonly count: number;
  /** `resolve(value)`: the survivor's id, or null. */
  readonly resolved: string | null;
  /** The ref's survivor; null where the tenant has no such choice. */
  readonly survivor: string | null;
}

/** What is wrong with a ref: no choice of the tenant has that id, the string names another choice, or the choice was merged away. */
export type RefFault = 'unknown' | 'drift' | 'merged';

/** The gravest fault of a group's ref; undefined where it is as it should be, or where there is none. */
export function findRefFault({ ref, survivor, resolved }: RecordGroup): RefFault | undefined {
  if (ref === null) return undefined;
  if (survivor === null) return 'unknown';
  if (survivor !== resolved) return 'drift';
  return survivor === ref ? undefined : 'merged';
}

/**
 * Every row of the tenants, grouped, in one statement. The tenants are taken one by one, so that each is read along an index
 * that leads with it; what a group resolves to is looked up once per group. `storage` undefined: the field has no refs yet.
 */
export async function readRecordGroups(
  read: Read,
  field: ChoiceField,
  tenants: readonly Tenant[],
  storage: LegacyStorage | undefined,
): Promise<RecordGroup[]> {
  return read(sql<RecordGroup>`
    SELECT
      tenant.id AS "tenantId", counted.*,
      ${sql.raw(resolveExpression(field.type, 'tenant.id', 'counted.value'))} AS resolved,
      ${sql.raw(survivorExpression(field.type, 'tenant.id', 'counted.ref'))} AS survivor
    FROM unnest(${tenants.map((tenant) => tenant.id)}::uuid[]) AS tenant (id)
    CROSS JOIN LATERAL (${storage === 'archive' ? countByArchive(field) : countByColumn(field, storage !== undefined)}) AS counted`);
}

/** The index that serves pages by legacy value holds the ref too: it alone is read. */
function countByColumn(field: ChoiceField, hasRefs: boolean): RawBuilder<unknown> {
  const ref = hasRefs ? sql`record.${sql.id(field.refColumn)}` : sql`NULL::uuid`;
  return sql`
    SELECT record.${sql.id(field.legacyColumn)}::text AS value, ${ref} AS ref, count(*)::int AS count
    FROM ${sql.table(field.table)} AS record WHERE record.tenant_id = tenant.id GROUP BY 1, 2`;
}

/** Few rows have a string of their own in the archive. All others of a ref have that of its key, or none, and are counted by an index. */
function countByArchive(field: ChoiceField): RawBuilder<unknown> {
  const table = sql.table(field.table);
  const ref = sql`record.${sql.id(field.refColumn)}`;
  return sql`
    WITH archived AS (
      SELECT archive.legacy_value AS value, archive.ref, count(*) AS count
      FROM choice_archive AS archive JOIN ${table} AS record ON record.tenant_id = archive.tenant_id AND record.id = archive.record_id
      WHERE archive.tenant_id = tenant.id AND archive.field = ${field.coordinate} AND ${ref} IS NOT DISTINCT FROM archive.ref
      GROUP BY 1, 2
    ),
    referring AS (
      SELECT ${ref} AS ref, count(*) AS count FROM ${table} AS record WHERE record.tenant_id = tenant.id GROUP BY 1
    )
    SELECT value, ref, sum(count)::int AS count
    FROM (
      SELECT value, ref, count FROM archived
      UNION ALL
      SELECT ${sql.raw(keyExpression(field, 'tenant.id', 'referring.ref'))}, ref,
        count - coalesce((SELECT sum(count) FROM archived WHERE archived.ref IS NOT DISTINCT FROM referring.ref), 0)
      FROM referring
    ) AS part
    WHERE count > 0
    GROUP BY 1, 2`;
}
