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
      SELECT ${tenant.id}::uuid, way.merge_id, ${field.coordinate}::text, locked.id, alias.choice_id
      FROM locked
      LEFT JOIN ${sql.table(field.type.aliasTable)} AS alias ON alias.tenant_id = ${tenant.id} AND alias.legacy_value = locked.value
      JOIN way ON way.choice_id = ${start}
      -- Not a join: whatever is believed of their number, it is one look for each row.
      WHERE (locked.id IN (SELECT id FROM updated)) IS TRUE
      ON CONFLICT DO NOTHING
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
