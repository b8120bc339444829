import { sql } from 'kysely';
import type { Read } from '../../../database/read.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { legacyExpression } from '../../derive/legacy-value.ts';
import { resolveExpression } from '../../derive/resolve.ts';
import type { LegacyStorage } from '../../legacy-storage.ts';
import { SAMPLES } from './finding.ts';

/** Rows of one tenant that no batch could write, and that nobody wrote since. */
export interface Quarantine {
  readonly tenantId: string;
  readonly count: number;
  /** How many of them lack their ref; the others refer to a choice that was merged. */
  readonly missing: number;
  readonly sampleIds: readonly string[];
  /** What the database said. */
  readonly errors: readonly string[];
}

/** By tenant; a tenant without any is not in it. Only the owner may read it. */
export async function readQuarantine(
  read: Read,
  field: ChoiceField,
  tenants: readonly Tenant[],
  storage: LegacyStorage | undefined,
): Promise<ReadonlyMap<string, Quarantine>> {
  if (storage === undefined) return new Map();
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const resolved = resolveExpression(field.type, 'record.tenant_id', legacyExpression(field, storage));
  const rows = await read(sql<Quarantine>`
    SELECT tenant_id AS "tenantId", count(*)::int AS count, (count(*) FILTER (WHERE missing))::int AS missing,
      (array_agg(record_id ORDER BY record_id))[:${sql.lit(SAMPLES)}] AS "sampleIds",
      (array_agg(DISTINCT error))[:${sql.lit(SAMPLES)}] AS errors
    FROM (
      SELECT quarantine.tenant_id, quarantine.record_id, quarantine.error, ${ref} IS NULL AS missing
      FROM choice_quarantine AS quarantine
      JOIN ${sql.table(field.table)} AS record ON record.tenant_id = quarantine.tenant_id AND record.id = quarantine.record_id
      LEFT JOIN ${sql.table(field.type.table)} AS choice ON choice.tenant_id = record.tenant_id AND choice.id = ${ref}
      WHERE quarantine.field = ${field.coordinate} AND quarantine.tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])
        AND (choice.merged_into_id IS NOT NULL OR (${ref} IS NULL AND ${sql.raw(resolved)} IS NOT NULL))
    ) AS quarantined
    GROUP BY tenant_id`);
  return new Map(rows.map((row) => [row.tenantId, row]));
}
