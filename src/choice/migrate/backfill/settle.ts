import { sql } from 'kysely';
import { readThrough } from '../../../database/read.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { describeChange } from '../../audit/describe-change.ts';
import type { LegacyStorage } from '../../legacy-storage.ts';
import { recordPhaseChange } from '../phase.ts';
import { countPart, countUnaccepted, type RowCounts } from '../report.ts';
import type { Part } from './part.ts';
import { isPart } from './part-state.ts';

/** Whether the rows of a field and tenant are as they are at `migrated`. */
export function isMigrated(counts: RowCounts): boolean {
  return counts.missing === 0 && counts.drift === 0 && countUnaccepted(counts) === 0;
}

/**
 * Ends what was asked for: counts every row of the part, and lets it reach `migrated` if all is as it should be. Whoever pauses the
 * part or changes its phase does not wait for the count (FOR KEY SHARE), whoever would work on it goes past it; if it was paused, or asked
 * for again, it stays wanted.
 */
export async function settlePart(db: Sql, part: Part): Promise<void> {
  const { field, tenant } = part;
  await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ requestedBy: string | null; request: string | null; done: number; storage: LegacyStorage }>`
      SELECT requested_by AS "requestedBy", requested_at::text AS request, done::float8 AS done,
        (SELECT storage FROM choice_field_state WHERE field = ${field.coordinate}) AS storage
      FROM choice_tenant_state WHERE ${isPart(part)} AND wanted FOR KEY SHARE SKIP LOCKED`.execute(transaction);
    const [asked] = rows;
    if (asked === undefined) return;
    const actor = asked.requestedBy ?? 'unknown';
    await describeChange(transaction, { actor, operation: 'migrate', records: asked.done });
    const counts = await countPart(readThrough(transaction), field, tenant, asked.storage);
    const { rows: settled } = await sql<{ entered: boolean }>`
      WITH part AS (
        SELECT state.tenant_id, state.field, state.phase = 'populated' AND field.phase = 'expanded' AND ${isMigrated(counts)} AS entered
        FROM choice_tenant_state AS state JOIN choice_field_state AS field USING (field)
        WHERE state.tenant_id = ${tenant.id} AND state.field = ${field.coordinate}
          AND wanted AND paused_by IS NULL AND stage = 'final' AND cursor IS NULL AND requested_at::text IS NOT DISTINCT FROM ${asked.request}
        FOR NO KEY UPDATE OF state
      )
      UPDATE choice_tenant_state AS state SET
        wanted = false, stage = 'sweep', total = done, awaited = '{}', awaited_since = NULL, batch_limit = NULL,
        phase = CASE WHEN entered THEN 'migrated' ELSE state.phase END
      FROM part WHERE state.tenant_id = part.tenant_id AND state.field = part.field
      RETURNING entered`.execute(transaction);
    if (settled.length === 0) return;
    if (settled[0]!.entered)
      await recordPhaseChange(transaction, {
        field,
        tenants: [tenant],
        from: 'populated',
        to: 'migrated',
        actor,
      });
    await releaseFromQuarantine(transaction, part);
  });
}

/** Rows that somebody gave a ref meanwhile, or that are gone, are in quarantine no more. */
async function releaseFromQuarantine(transaction: Sql, { field, tenant }: Part): Promise<void> {
  const ref = sql.id(field.refColumn);
  await sql`
    DELETE FROM choice_quarantine AS quarantine
    WHERE tenant_id = ${tenant.id} AND field = ${field.coordinate} AND NOT EXISTS (
      SELECT FROM ${sql.table(field.table)} AS record
      LEFT JOIN ${sql.table(field.type.table)} AS choice ON choice.tenant_id = record.tenant_id AND choice.id = record.${ref}
      WHERE record.tenant_id = quarantine.tenant_id AND record.id = quarantine.record_id AND (record.${ref} IS NULL OR choice.merged_into_id IS NOT NULL)
    )`.execute(transaction);
}
