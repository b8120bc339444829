import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { restoredExpression } from '../../derive/legacy-value.ts';
import {
  type Batch,
  countBatch,
  type CountedBatch,
  isFree,
  isWithin,
  type Reach,
  selectResolution,
  staleResolution,
  updates,
} from './batch.ts';
import { noteFills } from './note-moves.ts';
import type { Part } from './part.ts';

/** A batch as its statement answers it. */
export interface ArchivedBatch extends CountedBatch {
  /** The rows with the strings that they had when they were locked. */
  readonly ids: readonly string[];
  readonly values: readonly (string | null)[];
}

/**
 * The same for a field whose legacy column is gone: rows without a ref whose archived string resolves by now. The archived string is
 * locked with its row, since a writer may change the one without the other.
 * @throws StaleResolutionError where the string of a row changed by it: an alias moved under the statement.
 */
export async function setMissingRefsByArchive(transaction: Sql, part: Part, reach: Reach): Promise<Batch> {
  const { field, tenant } = part;
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const archived = sql`tenant_id = ${tenant.id} AND field = ${field.coordinate} AND ref IS NULL AND legacy_value <> ''`;
  const { rows } = await sql<ArchivedBatch>`
    WITH RECURSIVE resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT record_id AS id, (SELECT refs FROM resolution) ? legacy_value AND ${isFree(part, sql`record_id`)} AS resolves
      FROM choice_archive
      WHERE ${archived} AND ${isWithin(reach, sql`record_id`)}
      ORDER BY record_id
      LIMIT ${reach.limit}
    ),
    record AS MATERIALIZED (
      SELECT id FROM ${table}
      WHERE tenant_id = ${tenant.id} AND id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves)) AND ${ref} IS NULL
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    locked AS MATERIALIZED (
      SELECT record_id AS id, legacy_value AS value FROM choice_archive
      WHERE ${archived} AND record_id = ANY (ARRAY(SELECT id FROM record)) AND (SELECT refs FROM resolution) ? legacy_value
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    given AS MATERIALIZED (SELECT coalesce(jsonb_object_agg(id, (SELECT refs FROM resolution) ->> value), '{}') AS refs FROM locked),
    updated AS (
      UPDATE ${table} SET ${ref} = ((SELECT refs FROM given) ->> id::text)::uuid
      WHERE tenant_id = ${tenant.id} AND id = ANY (ARRAY(SELECT id FROM locked)) AND ${ref} IS NULL AND ${updates(reach)}
      RETURNING id
    )
    ${noteFills(part)}
    ${concludeByArchive(reach)}`.execute(transaction);
  return toBatchByArchive(transaction, part, rows[0]!);
}

export function concludeByArchive(reach: Reach) {
  return sql`
    SELECT ${countBatch(reach)},
      (SELECT coalesce(array_agg(id), '{}') FROM locked) AS ids,
      (SELECT coalesce(array_agg(value), '{}') FROM locked) AS values`;
}

/** The archive's trigger comes after the update, so the strings are looked at in a statement of their own. */
export async function toBatchByArchive(transaction: Sql, part: Part, { ids, values, resolving, ...batch }: ArchivedBatch): Promise<Batch> {
  const { field, tenant } = part;
  if (ids.length > 0) {
    const { rows } = await sql`
      SELECT FROM unnest(${ids}::uuid[], ${values}::text[]) AS locked (id, value)
      JOIN ${sql.table(field.table)} AS record ON record.tenant_id = ${tenant.id} AND record.id = locked.id
      WHERE ${sql.raw(restoredExpression(field))} IS DISTINCT FROM locked.value
      LIMIT 1`.execute(transaction);
    if (rows.length > 0) throw staleResolution(part);
  }
  return { ...batch, skipped: resolving - batch.updated };
}
