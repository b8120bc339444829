import { type RawBuilder, sql } from 'kysely';
import type { Part } from './part.ts';

/**
 * More relations of a statement that moves refs to survivors: each row of `updated`, whose ref was `locked.ref` and whose string is
 * `locked.value`, is noted with every merge on the way from that choice to the survivor.
 */
export function noteMoves(part: Part): RawBuilder<unknown> {
  return noteFrom(part, sql`locked.ref`);
}

/** The same for rows that had no ref: they were where their string said. */
export function noteFills(part: Part): RawBuilder<unknown> {
  return noteFrom(part, sql`alias.choice_id`);
}

function noteFrom(part: Part, start: RawBuilder<unknown>): RawBuilder<unknown> {
  const { field, tenant } = part;
  return sql`, ${selectWay(part)},
    noted AS (
      INSERT INTO choice_merge_row (tenant_id, merge_id, field, record_id, origin_id)
      SELECT ${tenant.id}::uuid, way.merge_id, ${field.coordinate}::text, updated.id, alias.choice_id
      FROM updated JOIN locked ON locked.id = updated.id
      LEFT JOIN ${sql.table(field.type.aliasTable)} AS alias ON alias.tenant_id = ${tenant.id} AND alias.legacy_value = locked.value
      JOIN way ON way.choice_id = ${start}
      ON CONFLICT DO NOTHING
    )`;
}

/**
 * More relations of a statement that moves refs back: the notes of each row of `updated` go that are of a merge that was undone, or of one
 * that led on from there, as far as the row came along it as a record of those that parted; but for those of merges by which the choice that
 * `value` names is merged still. A record's other notes say that it was another choice's before. They are found by their key, of which every
 * part is given: no plan depends on how many there are.
 */
export function forgetMoves(part: Part, value: string): RawBuilder<unknown> {
  const { field, tenant } = part;
  const isOfType = sql`merge.tenant_id = ${tenant.id} AND merge.type = ${field.type.table}`;
  return sql`, ${selectWay(part)},
    parted AS (
      SELECT merge.id, merge.survivor_id AS next, merge.undone_ids AS choice_ids, true AS is_undone FROM choice_merge AS merge
      WHERE ${isOfType} AND merge.undone_at IS NOT NULL AND merge.settled_at IS NULL
      UNION
      SELECT merge.id, merge.survivor_id, parted.choice_ids, false FROM parted
      JOIN choice_merge AS merge ON merge.loser_id = parted.next WHERE ${isOfType} AND merge.undone_at IS NULL
    ),
    forgotten AS (
      DELETE FROM choice_merge_row AS noted
      WHERE noted.tenant_id = ${tenant.id} AND noted.field = ${field.coordinate} AND noted.record_id = ANY (ARRAY(SELECT id FROM updated))
        AND noted.merge_id = ANY (ARRAY(
          SELECT id FROM parted
          EXCEPT
          SELECT way.merge_id FROM way
          JOIN ${sql.table(field.type.aliasTable)} AS alias ON alias.tenant_id = ${tenant.id} AND alias.choice_id = way.choice_id
          WHERE alias.legacy_value = ${value}
        ))
        AND EXISTS (
          SELECT FROM parted
          WHERE parted.id = noted.merge_id AND (parted.is_undone OR noted.origin_id IS NULL OR noted.origin_id = ANY (parted.choice_ids))
        )
    )`;
}

/** The merges that stand on the way from each choice to its survivor. */
function selectWay({ field, tenant }: Part): RawBuilder<unknown> {
  const isStanding = sql`merge.tenant_id = ${tenant.id} AND merge.type = ${field.type.table} AND merge.undone_at IS NULL`;
  return sql`way AS (
      SELECT merge.id AS merge_id, merge.loser_id AS choice_id, merge.survivor_id AS next FROM choice_merge AS merge WHERE ${isStanding}
      UNION
      SELECT merge.id, way.choice_id, merge.survivor_id FROM way JOIN choice_merge AS merge ON merge.loser_id = way.next WHERE ${isStanding}
    )`;
}
