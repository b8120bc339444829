import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { type ArchivedBatch, concludeByArchive, toBatchByArchive } from './archive-batch.ts';
import { type Batch, concludeBatch, isFree, isWithin, type Reach, selectResolution, type StoredBatch, toBatch, updates } from './batch.ts';
import type { Part } from './part.ts';

/** Records of choices that were merged, and are not any more. */
export interface Returning {
  /** The choices that their refs name. */
  readonly from: readonly string[];
  /** The strings that they carry. */
  readonly values: readonly string[];
}

/**
 * Moves the next refs, in the order of the rows' ids, back to what their strings resolve to since a merge was undone. No string changes. However
 * many strings there are, each is looked for along its index, no further than the batch goes.
 * @throws StaleResolutionError as `setMissingRefs` does.
 */
export async function returnRefs(transaction: Sql, part: Part, reach: Reach, { from, values }: Returning): Promise<Batch> {
  const { field, tenant } = part;
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const legacy = sql.id(field.legacyColumn);
  const isThere = sql`tenant_id = ${tenant.id} AND ${ref} = ANY (${[...from]}::uuid[])`;
  const isTheirs = sql`${isThere} AND ${legacy} = ANY (${[...values]}::text[]) AND ${resolved(legacy)} <> ${ref}::text`;
  const { rows } = await sql<StoredBatch>`
    WITH resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT one.id, ${isFree(part, sql`one.id`)} AS resolves
      FROM unnest(${[...values]}::text[]) AS carried (value)
      CROSS JOIN LATERAL (
        SELECT id FROM ${table}
        WHERE ${isThere} AND ${legacy} = carried.value AND ${resolved(sql`carried.value`)} <> ${ref}::text AND ${isWithin(reach)}
        ORDER BY id
        LIMIT ${reach.limit}
      ) AS one
      ORDER BY one.id
      LIMIT ${reach.limit}
    ),
    locked AS MATERIALIZED (
      SELECT id, ${legacy} AS value FROM ${table}
      WHERE ${isTheirs} AND id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    updated AS (
      UPDATE ${table} SET ${ref} = ${resolved(legacy)}::uuid
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
export async function returnRefsByArchive(transaction: Sql, part: Part, reach: Reach, { from, values }: Returning): Promise<Batch> {
  const { field, tenant } = part;
  const table = sql.table(field.table);
  const ref = sql.id(field.refColumn);
  const archived = sql`
        archive.tenant_id = ${tenant.id} AND archive.field = ${field.coordinate} AND archive.ref = ANY (${[...from]}::uuid[])
        AND ${resolved(sql`archive.legacy_value`)} <> archive.ref::text`;
  const isThere = sql`record.tenant_id = ${tenant.id} AND record.${ref} = ANY (${[...from]}::uuid[])`;
  const { rows } = await sql<ArchivedBatch>`
    WITH resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT one.id, one.is_there AND ${isFree(part, sql`one.id`)} AS resolves
      FROM unnest(${[...values]}::text[]) AS carried (value)
      CROSS JOIN LATERAL (
        SELECT archive.record_id AS id,
          EXISTS (SELECT FROM ${table} AS record WHERE ${isThere} AND record.${ref} = archive.ref AND record.id = archive.record_id) AS is_there
        FROM choice_archive AS archive
        WHERE ${archived} AND archive.legacy_value = carried.value AND ${isWithin(reach, sql`archive.record_id`)}
        ORDER BY archive.record_id
        LIMIT ${reach.limit}
      ) AS one
      ORDER BY one.id
      LIMIT ${reach.limit}
    ),
    held AS MATERIALIZED (
      SELECT record.id, record.${ref} AS ref FROM ${table} AS record
      WHERE ${isThere} AND record.id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves))
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    locked AS MATERIALIZED (
      SELECT archive.record_id AS id, archive.legacy_value AS value
      FROM held JOIN choice_archive AS archive ON archive.record_id = held.id AND archive.ref = held.ref
      WHERE ${archived} AND archive.legacy_value = ANY (${[...values]}::text[])
      FOR NO KEY UPDATE OF archive SKIP LOCKED
    ),
    given AS MATERIALIZED (SELECT coalesce(jsonb_object_agg(id, ${resolved(sql`value`)}), '{}') AS refs FROM locked),
    updated AS (
      UPDATE ${table} AS record SET ${ref} = ((SELECT refs FROM given) ->> record.id::text)::uuid
      WHERE ${isThere} AND record.id = ANY (ARRAY(SELECT id FROM locked)) AND ${updates(reach)}
      RETURNING record.id
    )
    ${concludeByArchive(reach)}`.execute(transaction);
  return toBatchByArchive(transaction, part, rows[0]!);
}

/** The choice's id as text. */
function resolved(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`((SELECT refs FROM resolution) ->> ${value}::text)`;
}
