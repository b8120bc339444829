import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { resolveExpression } from '../derive/resolve.ts';
import { retryConflicts, StaleResolutionError } from './retry-conflicts.ts';

const NIL = '00000000-0000-0000-0000-000000000000';

/** What one batch did. `last` is null when no mappable row was left behind the cursor. */
interface Batch {
  readonly updated: number;
  readonly last: string | null;
}

/**
 * Sets the ref of every row of a field and tenant whose legacy value resolves, batch by batch, until a whole pass finds none.
 * The cursor is committed with its batch, so a run that was killed redoes one batch at most. Returns the rows updated.
 */
export async function backfill(
  db: Sql,
  field: ChoiceField,
  tenant: Tenant,
  options: { batchSize: number; onBatch: (updated: number) => Promise<void> | void },
): Promise<number> {
  let total = 0;
  let cursor = await readCursor(db, field, tenant);
  for (let pass = cursor === NIL ? 1 : 0; ; pass++) {
    const updated = await runPass(db, field, tenant, cursor, options);
    total += updated;
    cursor = NIL;
    // A pass that began in the middle proves nothing about the rows before it.
    if (updated === 0 && pass > 0) return total;
  }
}

async function runPass(
  db: Sql,
  field: ChoiceField,
  tenant: Tenant,
  start: string,
  options: { batchSize: number; onBatch: (updated: number) => Promise<void> | void },
): Promise<number> {
  let total = 0;
  for (let cursor = start; ;) {
    const batch = await retryConflicts(() =>
      db.transaction().execute(async (transaction) => {
        const done = await runBatch(transaction, field, tenant, cursor, options.batchSize);
        await writeCursor(transaction, field, tenant, done.last);
        return done;
      }),
    );
    total += batch.updated;
    if (batch.last === null) return total;
    cursor = batch.last;
    await options.onBatch(batch.updated);
  }
}

/**
 * Locks first, then reads what the row holds: a value that changed since the scan is seen as it is now. Neither the legacy
 * value nor `version` nor `updated_at` is touched.
 * @throws StaleResolutionError where an alias moved under the statement: the trigger, which sees that, took the ref for
 * somebody's choice and rewrote the legacy value. The transaction has to be rolled back.
 */
async function runBatch(transaction: Sql, field: ChoiceField, tenant: Tenant, cursor: string, batchSize: number): Promise<Batch> {
  const table = sql.table(field.table);
  const legacy = sql.id(field.legacyColumn);
  const ref = sql.id(field.refColumn);
  const { rows } = await sql<Batch & { stale: boolean }>`
    WITH batch AS MATERIALIZED (
      SELECT tenant_id, id, ${legacy} AS value
      FROM ${table} AS record
      WHERE tenant_id = ${tenant.id} AND ${ref} IS NULL AND ${legacy} <> '' AND id > ${cursor}
        AND EXISTS (SELECT FROM ${sql.table(field.type.aliasTable)} AS known WHERE known.tenant_id = record.tenant_id AND known.legacy_value = record.${legacy})
      ORDER BY id
      LIMIT ${batchSize}
      FOR NO KEY UPDATE
    ),
    resolved AS MATERIALIZED (
      SELECT tenant_id, id, value, ${sql.raw(resolveExpression(field.type, 'batch.tenant_id', 'batch.value'))} AS ref FROM batch
    ),
    updated AS (
      UPDATE ${table} AS record SET ${ref} = resolved.ref
      FROM resolved
      WHERE record.tenant_id = resolved.tenant_id AND record.id = resolved.id AND record.${ref} IS NULL AND resolved.ref IS NOT NULL
      RETURNING record.${legacy} IS DISTINCT FROM resolved.value AS rewritten
    )
    SELECT
      (SELECT count(*)::int FROM updated) AS updated,
      (SELECT coalesce(bool_or(rewritten), false) FROM updated) AS stale,
      (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last`.execute(transaction);
  const { stale, ...batch } = rows[0]!;
  if (stale) throw new StaleResolutionError(`${field.coordinate}: an alias of ${tenant.slug} changed under the backfill`);
  return batch;
}

async function readCursor(db: Sql, field: ChoiceField, tenant: Tenant): Promise<string> {
  const { rows } = await sql<{ cursor: string | null }>`
    SELECT cursor FROM choice_tenant_state WHERE field = ${field.coordinate} AND tenant_id = ${tenant.id}`.execute(db);
  return rows[0]?.cursor ?? NIL;
}

async function writeCursor(transaction: Sql, field: ChoiceField, tenant: Tenant, cursor: string | null): Promise<void> {
  await sql`
    UPDATE choice_tenant_state SET cursor = ${cursor}
    WHERE field = ${field.coordinate} AND tenant_id = ${tenant.id} AND cursor IS DISTINCT FROM ${cursor}::uuid`.execute(transaction);
}
