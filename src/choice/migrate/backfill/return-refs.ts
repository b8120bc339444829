import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { type ArchivedBatch, concludeByArchive, toBatchByArchive } from './archive-batch.ts';
import { type Batch, concludeBatch, isFree, isWithin, type Reach, selectResolution, type StoredBatch, toBatch, updates } from './batch.ts';
import type { Part } from './part.ts';

/** Records of a choice that was merged, and is not any more. */
export interface Returning {
  /** The choice that their refs name. */
  readonly from: string;
  /** The string that they carry. */
  readonly value: string;
}

/**
 * Moves the next refs, in the order of the rows' ids, back to what their string resolves to since a merge was undone. No string changes.
 * @throws StaleResolutionError as `setMissingRefs` does.
 */
export async function returnRefs(transaction: Sql, part: Part, reach: Reach, returning: Returning): Promise<Batch> {
  const { field, tenant } = part;
  const { from, value } = returning;
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const legacy = sql.id(field.legacyColumn);
  const isTheirs = sql`tenant_id = ${tenant.id} AND ${ref} = ${from} AND ${legacy} = ${value}`;
  const { rows } = await sql<StoredBatch>`
    WITH resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT id, ${isFree(part)} AS resolves FROM ${table}
      WHERE ${isTheirs} AND ${isElsewhere(returning)} AND ${isWithin(reach)}
      ORDER BY id
      LIMIT ${reach.limit}
    ),
    locked AS MATERIALIZED (
      SELECT id, ${legacy} AS value FROM ${table}
      WHERE ${isTheirs} AND id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    updated AS (
      UPDATE ${table} SET ${ref} = ${resolved(returning)}::uuid
      WHERE ${isTheirs} AND id = ANY (ARRAY(SELECT id FROM locked)) AND ${updates(reach)}
      RETURNING id, ${legacy} AS value
    )
    ${concludeBatch(reach)}`.execute(transaction);
  return toBatch(part, rows[0]!);
}

/**
 * The same for a field whose legacy column is gone. Such strings are all in the archive, for none is the key of the ref; each is locked with
 * its row, since a writer may change the one without the other.
 * @throws StaleResolutionError
 */
export async function returnRefsByArchive(transaction: Sql, part: Part, reach: Reach, returning: Returning): Promise<Batch> {
  const { field, tenant } = part;
  const { from, value } = returning;
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const isArchived = sql`archive.tenant_id = ${tenant.id} AND archive.field = ${field.coordinate} AND archive.legacy_value = ${value} AND archive.ref = ${from}`;
  const isTheirs = sql`record.tenant_id = ${tenant.id} AND record.${ref} = ${from}`;
  const { rows } = await sql<ArchivedBatch>`
    WITH resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT archive.record_id AS id,
        EXISTS (SELECT FROM ${table} AS record WHERE ${isTheirs} AND record.id = archive.record_id) AND ${isFree(part, sql`archive.record_id`)} AS resolves
      FROM choice_archive AS archive
      WHERE ${isArchived} AND ${isElsewhere(returning)} AND ${isWithin(reach, sql`archive.record_id`)}
      ORDER BY archive.record_id
      LIMIT ${reach.limit}
    ),
    held AS MATERIALIZED (
      SELECT record.id FROM ${table} AS record
      WHERE ${isTheirs} AND record.id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    locked AS MATERIALIZED (
      SELECT archive.record_id AS id, archive.legacy_value AS value FROM choice_archive AS archive
      WHERE ${isArchived} AND archive.record_id = ANY (ARRAY(SELECT id FROM held))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    updated AS (
      UPDATE ${table} AS record SET ${ref} = ${resolved(returning)}::uuid
      WHERE ${isTheirs} AND record.id = ANY (ARRAY(SELECT id FROM locked)) AND ${updates(reach)}
      RETURNING record.id
    )
    ${concludeByArchive(reach)}`.execute(transaction);
  return toBatchByArchive(transaction, part, rows[0]!);
}

/** The choice's id as text. */
function resolved({ value }: Returning): RawBuilder<unknown> {
  return sql`((SELECT refs FROM resolution) ->> ${value}::text)`;
}

function isElsewhere(returning: Returning): RawBuilder<unknown> {
  return sql`${resolved(returning)} <> ${returning.from}::uuid::text`;
}
