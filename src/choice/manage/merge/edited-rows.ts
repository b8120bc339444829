import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { RefPart } from './move-rows.ts';
import { findUnsettled, type Parting } from './partings.ts';

/** Records of a merge that are not the loser's any more. */
export interface EditedRecords {
  readonly total: number;
  /** Some of them, by field and id. */
  readonly records: readonly { readonly field: string; readonly id: string }[];
}

/**
 * The records that moved by a merge and were given another value since: their ref is not where they moved to, or their string is no alias
 * of the loser. Those that are gone are none. To be asked before they move back; lists `most` at most.
 */
export async function findEdited(
  db: Sql,
  mergeId: string,
  parts: readonly RefPart[],
  parting: Parting,
  most: number,
): Promise<EditedRecords> {
  const records: { field: string; id: string }[] = [];
  let total = 0;
  const returning = parts.length === 0 ? [] : await findReturningThrough(db, parts[0]!, parting);
  for (const part of parts) {
    const { field, tenant } = part;
    const { rows } = await sql<{ id: string; total: number }>`
      SELECT record.id, count(*) OVER ()::int AS total
      FROM choice_merge_row AS noted
      JOIN ${sql.table(field.table)} AS record ON record.tenant_id = noted.tenant_id AND record.id = noted.record_id
      WHERE noted.tenant_id = ${tenant.id} AND noted.merge_id = ${mergeId} AND noted.field = ${field.coordinate} AND NOT ${isOwn(part, parting, returning)}
      ORDER BY record.id LIMIT ${Math.max(1, most - records.length)}`.execute(db);
    total += rows[0]?.total ?? 0;
    records.push(...rows.slice(0, most - records.length).map(({ id }) => ({ field: field.coordinate, id })));
  }
  return { total, records };
}

/** The partings under way whose records came through the choice that parts now, or through one that parts with it. */
async function findReturningThrough(db: Sql, { field, tenant }: RefPart, { choiceIds }: Parting): Promise<Parting[]> {
  const unsettled = await findUnsettled(db, field.type, tenant.id);
  return unsettled.filter(({ from }) => from.some((id) => choiceIds.includes(id)));
}

/**
 * Whether a record is the loser's still: not moved on yet, or moved and carrying a string of its. Or whether it is on its way back from
 * there to a choice that parted from the loser a moment ago (`returning`): its ref says nothing then. One that has no ref, since its field was expanded again, is
 * whose its string says.
 */
function isOwn(part: RefPart, parting: Parting, returning: readonly Parting[]): RawBuilder<unknown> {
  const { field, tenant, contracted } = part;
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const aliases = sql.table(field.type.aliasTable);
  // No string of theirs is the key of the ref: where the column is gone the archive has them all.
  const value = contracted
    ? sql`(
        SELECT archive.legacy_value FROM choice_archive AS archive
        WHERE archive.tenant_id = ${tenant.id} AND archive.field = ${field.coordinate} AND archive.record_id = record.id AND archive.ref = ${ref}
      )`
    : sql`record.${sql.id(field.legacyColumn)}`;
  const isOf = ({ choiceIds }: Parting) => sql`coalesce(${value} = ANY (ARRAY(
    SELECT legacy_value FROM ${aliases} WHERE tenant_id = ${tenant.id} AND choice_id = ANY (${[...choiceIds]}::uuid[])
  )), false)`;
  const isOnTheWayOf = (way: Parting) => sql`(${ref} = ANY (${[...way.from]}::uuid[]) AND ${isOf(way)})`;
  return sql`CASE WHEN ${ref} IS NULL THEN ${isOf(parting)} ELSE (
      ${ref} = ANY (${[...parting.choiceIds]}::uuid[]) OR ${sql.join([parting, ...returning].map(isOnTheWayOf), sql` OR `)}
    ) END`;
}
