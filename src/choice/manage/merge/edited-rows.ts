import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { RefPart } from './move-rows.ts';
import type { Parting } from './partings.ts';

/** Records of a merge that are not the loser's any more. */
export interface EditedRecords {
  readonly total: number;
  /** Some of them, by field and id. */
  readonly records: readonly { readonly field: string; readonly id: string }[];
}

/**
 * The records that moved by a merge and were given another value since: their ref is not where they moved to, or their string is no alias
 * of the loser. Those that are gone are none, nor are those of a choice that came along and parted on its own since: that was the time to
 * list them. To be asked before they move back; lists `most` at most.
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
  for (const part of parts) {
    const { field, tenant } = part;
    const { rows } = await sql<{ id: string; total: number }>`
      SELECT record.id, count(*) OVER ()::int AS total
      FROM choice_merge_row AS noted
      JOIN ${sql.table(field.table)} AS record ON record.tenant_id = noted.tenant_id AND record.id = noted.record_id
      WHERE noted.tenant_id = ${tenant.id} AND noted.merge_id = ${mergeId} AND noted.field = ${field.coordinate}
        AND coalesce(noted.origin_id = ANY (${[...parting.choiceIds]}::uuid[]), true) AND NOT ${isOwn(part, parting)}
      ORDER BY record.id LIMIT ${Math.max(1, most - records.length)}`.execute(db);
    total += rows[0]?.total ?? 0;
    records.push(...rows.slice(0, most - records.length).map(({ id }) => ({ field: field.coordinate, id })));
  }
  return { total, records };
}

/**
 * Whether a record is the loser's still: not moved on yet, or moved and carrying a string of its. One that has no ref, since its field was
 * expanded again, is whose its string says.
 */
function isOwn(part: RefPart, { from, choiceIds }: Parting): RawBuilder<unknown> {
  const { field, tenant, contracted } = part;
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const isAmong = (ids: readonly string[]) => sql`${ref} = ANY (${[...ids]}::uuid[])`;
  // No string of theirs is the key of the ref: where the column is gone the archive has them all.
  const value = contracted
    ? sql`(
        SELECT archive.legacy_value FROM choice_archive AS archive
        WHERE archive.tenant_id = ${tenant.id} AND archive.field = ${field.coordinate} AND archive.record_id = record.id AND archive.ref = ${ref}
      )`
    : sql`record.${sql.id(field.legacyColumn)}`;
  const carries = sql`coalesce(${value} = ANY (ARRAY(
    SELECT legacy_value FROM ${sql.table(field.type.aliasTable)} WHERE tenant_id = ${tenant.id} AND choice_id = ANY (${[...choiceIds]}::uuid[])
  )), false)`;
  return sql`CASE WHEN ${ref} IS NULL THEN ${carries} ELSE ${isAmong(choiceIds)} OR ${isAmong(from)} AND ${carries} END`;
}
