import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { ChoiceType } from '../../choice-field.ts';

/** One choice's merge into another, which was not undone. */
export interface MergeEdge {
  readonly id: string;
  readonly loserId: string;
  readonly survivorId: string;
  /** Coordinates of the fields whose default went along. */
  readonly defaultFields: readonly string[];
}

/**
 * Makes the edges of a type say what its choices say, for what others merged or parted past this service: a choice that was merged has
 * an edge, and one that was parted, or merged into another, has no old one. The caller holds the tenant's chain.
 */
export async function reconcileEdges(transaction: Sql, type: ChoiceType, tenantId: string, actor: string): Promise<void> {
  const choices = sql.table(type.table);
  const isStanding = sql`merge.tenant_id = ${tenantId} AND merge.type = ${type.table} AND merge.undone_at IS NULL`;
  const addMissing = () =>
    sql`
    INSERT INTO choice_merge (tenant_id, type, loser_id, survivor_id, merged_by)
    SELECT choice.tenant_id, ${type.table}, choice.id, choice.merged_into_id, ${actor} FROM ${choices} AS choice
    WHERE choice.tenant_id = ${tenantId} AND choice.merged_into_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM choice_merge AS merge WHERE ${isStanding} AND merge.loser_id = choice.id)`.execute(transaction);
  // First: what was merged into a choice that others merged on leads on by that.
  await addMissing();
  await sql`
    WITH RECURSIVE way AS (
      SELECT merge.id, merge.loser_id, merge.survivor_id AS next FROM choice_merge AS merge WHERE ${isStanding}
      UNION
      SELECT way.id, way.loser_id, merge.survivor_id FROM way JOIN choice_merge AS merge ON merge.loser_id = way.next WHERE ${isStanding}
    )
    UPDATE choice_merge AS merge SET undone_at = now(), undone_by = ${actor}, settled_at = coalesce(merge.settled_at, now())
    WHERE ${isStanding} AND NOT EXISTS (
      SELECT FROM way JOIN ${choices} AS choice ON choice.tenant_id = ${tenantId} AND choice.id = way.loser_id AND choice.merged_into_id = way.next
      WHERE way.id = merge.id
    )`.execute(transaction);
  await addMissing();
}

/** The merge of a choice that stands, or undefined. */
export async function findEdge(db: Sql, type: ChoiceType, tenantId: string, loserId: string): Promise<MergeEdge | undefined> {
  const { rows } = await sql<MergeEdge>`
    SELECT id, loser_id AS "loserId", survivor_id AS "survivorId", default_fields AS "defaultFields" FROM choice_merge
    WHERE tenant_id = ${tenantId} AND type = ${type.table} AND loser_id = ${loserId} AND undone_at IS NULL`.execute(db);
  return rows[0];
}

/**
 * The choices that a merge led to, one after the other, whether or not what led on was undone since: a record that had moved with one merge,
 * and not with the next one yet, names one on the way.
 */
export async function findWay(db: Sql, type: ChoiceType, tenantId: string, mergeId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH RECURSIVE way AS (
      SELECT survivor_id AS id FROM choice_merge WHERE tenant_id = ${tenantId} AND id = ${mergeId}
      UNION
      SELECT merge.survivor_id FROM way
      JOIN choice_merge AS merge ON merge.tenant_id = ${tenantId} AND merge.type = ${type.table} AND merge.loser_id = way.id
    )
    SELECT id FROM way ORDER BY id`.execute(db);
  return rows.map(({ id }) => id);
}

/** The choices that were merged into one of these, or into one that was, by merges that stand. */
export async function findFollowers(db: Sql, type: ChoiceType, tenantId: string, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH RECURSIVE follower AS (
      SELECT loser_id AS id FROM choice_merge
      WHERE tenant_id = ${tenantId} AND type = ${type.table} AND undone_at IS NULL AND survivor_id = ANY (${[...ids]}::uuid[])
      UNION
      SELECT merge.loser_id FROM follower
      JOIN choice_merge AS merge
        ON merge.tenant_id = ${tenantId} AND merge.type = ${type.table} AND merge.undone_at IS NULL AND merge.survivor_id = follower.id
    )
    SELECT id FROM follower ORDER BY id`.execute(db);
  return rows.map(({ id }) => id);
}
