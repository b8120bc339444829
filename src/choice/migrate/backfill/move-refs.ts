import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { legacyExpression } from '../../derive/legacy-value.ts';
import { type ArchivedBatch, concludeByArchive, toBatchByArchive } from './archive-batch.ts';
import {
  type Batch,
  concludeBatch,
  isChosen,
  isFree,
  isWithin,
  type Reach,
  selectMerged,
  selectResolution,
  type StoredBatch,
  toBatch,
  updates,
} from './batch.ts';
import { noteMoves } from './note-moves.ts';
import type { Part } from './part.ts';

/**
 * Moves refs from choices that were merged to their survivors, as far as the row's string resolves to that too: so no string
 * changes. Each is noted with the merges that it moves by. `loser`: only those of that choice, the next ones in the order of the rows' ids.
 * Those of all choices have no order to go by: a batch takes what is left of them.
 * @throws StaleResolutionError as `setMissingRefs` does.
 */
export function moveMergedRefs(transaction: Sql, part: Part, reach: Reach, loser?: string): Promise<Batch> {
  return moveRefs(transaction, part, { reach, loser, byArchive: false });
}

/** The same for a field whose legacy column is gone. @throws StaleResolutionError */
export function moveMergedRefsByArchive(transaction: Sql, part: Part, reach: Reach, loser?: string): Promise<Batch> {
  return moveRefs(transaction, part, { reach, loser, byArchive: true });
}

interface Moving {
  readonly reach: Reach;
  readonly loser: string | undefined;
  readonly byArchive: boolean;
}

/** Rows are locked as they are then, and what was locked is what is updated; what somebody else holds is passed over. */
async function moveRefs(transaction: Sql, part: Part, { reach, loser, byArchive }: Moving): Promise<Batch> {
  const { field, tenant } = part;
  const table = sql.table(field.table);
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const value = sql.raw(legacyExpression(field, byArchive ? 'archive' : 'column'));
  const survivor = sql`((SELECT refs FROM survivors) ->> ${ref}::text)`;
  const isMerged = sql`record.tenant_id = ${tenant.id} AND ${ref} = ${loser ?? sql`ANY (ARRAY(SELECT id FROM merged))`}`;
  const follows = sql`(SELECT refs FROM resolution) ->> ${value}::text = ${survivor} AND ${isFree(part, sql`record.id`)}`;
  const [candidates, locks] =
    loser === undefined
      ? [
          sql`SELECT record.id, true AS resolves FROM ${table} AS record
            WHERE ${isMerged} AND ${follows} AND ${isChosen(reach, sql`record.id`)} LIMIT ${reach.limit}`,
          sql`${isChosen(reach, sql`record.id`)} LIMIT ${reach.limit}`,
        ]
      : [
          sql`SELECT record.id, coalesce(${follows}, false) AS resolves FROM ${table} AS record
            WHERE ${isMerged} AND ${isWithin(reach, sql`record.id`)} ORDER BY record.id LIMIT ${reach.limit}`,
          sql`record.id = ANY (ARRAY(SELECT id FROM candidate WHERE resolves))`,
        ];
  const { rows } = await sql<StoredBatch & ArchivedBatch>`
    WITH RECURSIVE resolution AS MATERIALIZED (${selectResolution(part)}),
    merged AS MATERIALIZED (${selectMerged(part)}),
    survivors AS MATERIALIZED (SELECT coalesce(jsonb_object_agg(id, survivor_id), '{}') AS refs FROM merged),
    candidate AS MATERIALIZED (${candidates}),
    locked AS MATERIALIZED (
      SELECT record.id, ${ref} AS ref, ${value}::text AS value FROM ${table} AS record
      WHERE ${isMerged} AND ${follows} AND ${locks} FOR NO KEY UPDATE OF record SKIP LOCKED
    ),
    updated AS (
      UPDATE ${table} AS record SET ${sql.id(field.refColumn)} = ${survivor}::uuid
      WHERE ${isMerged} AND record.id = ANY (ARRAY(SELECT id FROM locked)) AND ${updates(reach)}
      RETURNING record.id ${byArchive ? sql`` : sql`, ${value}::text AS value`}
    )
    ${noteMoves(part)}
    ${byArchive ? concludeByArchive(reach) : concludeBatch(reach)}`.execute(transaction);
  return byArchive ? toBatchByArchive(transaction, part, rows[0]!) : toBatch(part, rows[0]!);
}
