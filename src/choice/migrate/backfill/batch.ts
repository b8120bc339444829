import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { StaleResolutionError } from '../retry-conflicts.ts';
import { noteFills } from './note-moves.ts';
import type { Part } from './part.ts';

/** What one batch did. */
export interface Batch {
  readonly updated: number;
  /** Rows passed over because somebody holds them. */
  readonly skipped: number;
  /** The last record that it looked at; null: there was none behind the cursor. */
  readonly last: string | null;
  /** Whether it found all there was. */
  readonly ended: boolean;
}

/** Which rows a batch may take. */
export interface Reach {
  readonly cursor: string;
  readonly limit: number;
  /** The one row that it may take. */
  readonly only?: string;
  /** Locks, and updates nothing. */
  readonly looks?: boolean;
}

/**
 * Gives the next rows without a ref, in the order of their ids, what their legacy values resolve to. Rows are locked first and
 * what somebody else holds is passed over, so that a batch neither waits nor can be part of a deadlock; what was locked is what is
 * updated, as it is then; where a merge led on from what its value names, that is noted. Neither the legacy value nor `version` nor `updated_at` is touched. Every step of it finds its rows by
 * their ids or along the index of rows without a ref; a scalar subquery holds what the tenant's values resolve to, so that no
 * plan depends on how many aliases there are.
 * @throws StaleResolutionError where an alias moved under the statement: the trigger, which sees that, took the ref for
 * somebody's choice and rewrote the legacy value. The transaction has to be rolled back.
 */
export async function setMissingRefs(transaction: Sql, part: Part, reach: Reach): Promise<Batch> {
  const { field, tenant } = part;
  const table = sql.table(field.table);
  const legacy = sql.id(field.legacyColumn);
  const ref = sql.id(field.refColumn);
  const resolves = sql`${legacy} <> '' AND (SELECT refs FROM resolution) ? ${legacy}::text`;
  const { rows } = await sql<StoredBatch>`
    WITH RECURSIVE resolution AS MATERIALIZED (${selectResolution(part)}),
    candidate AS MATERIALIZED (
      SELECT id, ${resolves} AND ${isFree(part)} AS resolves
      FROM ${table}
      WHERE tenant_id = ${tenant.id} AND ${ref} IS NULL AND ${legacy} <> '' AND ${isWithin(reach)}
      ORDER BY id
      LIMIT ${reach.limit}
    ),
    locked AS MATERIALIZED (
      SELECT id, ${legacy} AS value
      FROM ${table}
      WHERE tenant_id = ${tenant.id} AND id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves)) AND ${ref} IS NULL AND ${resolves}
      FOR NO KEY UPDATE SKIP LOCKED
    ),
    updated AS (
      UPDATE ${table} SET ${ref} = ((SELECT refs FROM resolution) ->> ${legacy}::text)::uuid
      WHERE tenant_id = ${tenant.id} AND id = ANY (ARRAY(SELECT id FROM locked)) AND ${ref} IS NULL AND ${resolves} AND ${updates(reach)}
      RETURNING id, ${legacy} AS value
    )
    ${noteFills(part)}
    ${concludeBatch(reach)}`.execute(transaction);
  return toBatch(part, rows[0]!);
}

/** What the tenant's legacy values resolve to, as one JSON object: a value that is no key of it resolves to nothing. */
export function selectResolution({ field, tenant }: Part): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  return sql`
    SELECT coalesce(jsonb_object_agg(alias.legacy_value, survivor.id), '{}') AS refs
    FROM ${sql.table(field.type.aliasTable)} AS alias
    JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
    JOIN ${choices} AS survivor
      ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id) AND survivor.deleted_at IS NULL
    WHERE alias.tenant_id = ${tenant.id}`;
}

/** The tenant's choices that were merged into another: into itself is nobody's doing but a fault's, and a move without end. */
export function selectMerged({ field, tenant }: Part): RawBuilder<unknown> {
  return sql`
    SELECT id, merged_into_id AS survivor_id FROM ${sql.table(field.type.table)} WHERE tenant_id = ${tenant.id} AND merged_into_id <> id`;
}

/** Whether a row is not in quarantine. Not an anti-join: the order of the rows has to be that of their index. */
export function isFree({ field, tenant }: Part, id: RawBuilder<unknown> = sql`id`): RawBuilder<unknown> {
  return sql`(${id} IN (SELECT record_id FROM choice_quarantine WHERE tenant_id = ${tenant.id} AND field = ${field.coordinate})) IS NOT TRUE`;
}

/** What every batch says of itself. */
export interface CountedBatch extends Omit<Batch, 'skipped'> {
  /** Rows that it would have updated if nobody had held them. */
  readonly resolving: number;
}

/** The columns of a CountedBatch. */
export function countBatch({ limit }: Reach): RawBuilder<unknown> {
  return sql`
      (SELECT count(*)::int FROM updated) AS updated,
      (SELECT count(*)::int FROM candidate WHERE resolves) AS resolving,
      (SELECT count(*) FROM candidate) < ${limit} AS ended,
      (SELECT id FROM candidate ORDER BY id DESC LIMIT 1) AS last`;
}

/** A batch as its statement answers it. */
export interface StoredBatch extends CountedBatch {
  /** The strings that came out of the update have to be those that were locked. */
  readonly stale: boolean;
}

export function concludeBatch(reach: Reach): RawBuilder<unknown> {
  return sql`
    SELECT ${countBatch(reach)},
      EXISTS (SELECT id, value FROM updated EXCEPT SELECT id, value FROM locked) AS stale`;
}

export function toBatch(part: Part, { resolving, stale, ...batch }: StoredBatch): Batch {
  if (stale) throw staleResolution(part);
  return { ...batch, skipped: resolving - batch.updated };
}

export function staleResolution({ field, tenant }: Part): StaleResolutionError {
  return new StaleResolutionError(`${field.coordinate}: an alias of ${tenant.slug} changed under the backfill`);
}

/** The rows behind the cursor, or the one row. */
export function isWithin({ cursor, only }: Reach, id: RawBuilder<unknown> = sql`id`): RawBuilder<unknown> {
  return only === undefined ? sql`${id} > ${cursor}` : sql`${id} = ${only}`;
}

/** The same where there is no order to go by. */
export function isChosen({ only }: Reach, id: RawBuilder<unknown> = sql`id`): RawBuilder<unknown> {
  return only === undefined ? sql`true` : sql`${id} = ${only}`;
}

export function updates({ looks = false }: Reach): RawBuilder<unknown> {
  return sql.lit(!looks);
}
