import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceType } from '../../choice-field.ts';
import type { Returning } from '../../migrate/backfill/return-refs.ts';
import type { EditScope } from '../choice-edit.ts';
import type { FieldUse } from '../count-uses.ts';
import { findWay } from './merge-edges.ts';
import type { RefPart } from './move-rows.ts';

/** A choice that was merged into another, and is not any more, with those that had been merged into it. */
export interface Parting {
  /** The choices that their records may name meanwhile: the one that answered for them, and those on the way to it. */
  readonly from: readonly string[];
  readonly choiceIds: readonly string[];
}

/**
 * The parting that undoing a merge is. `from`: the choice that answered for them at that moment. Whatever was merged since, a record that names
 * one of those that parted is back.
 */
export async function findParting(
  db: Sql,
  type: ChoiceType,
  tenantId: string,
  { mergeId, from, choiceIds }: { readonly mergeId: string; readonly from: string; readonly choiceIds: readonly string[] },
): Promise<Parting> {
  const way = new Set([from, ...(await findWay(db, type, tenantId, mergeId))]);
  return { from: [...way].filter((id) => !choiceIds.includes(id)), choiceIds };
}

/** The way back of all their records: by the strings that are aliases of theirs. */
export async function findReturning(db: Sql, type: ChoiceType, tenant: Tenant, { from, choiceIds }: Parting): Promise<Returning> {
  const { rows } = await sql<{ value: string }>`
    SELECT legacy_value AS value FROM ${sql.table(type.aliasTable)}
    WHERE tenant_id = ${tenant.id} AND choice_id = ANY (${[...choiceIds]}::uuid[]) ORDER BY 1`.execute(db);
  return { from, values: rows.map(({ value }) => value) };
}

/** How many records of each field are on one of these ways back. */
export async function countReturning(
  db: Sql,
  { tenant, rules }: Pick<EditScope, 'tenant' | 'rules'>,
  parts: readonly RefPart[],
  ways: readonly Returning[],
): Promise<FieldUse[]> {
  const uses: FieldUse[] = [];
  for (const { field } of parts) {
    const isColumn = rules.storage(field) === 'column';
    const ref = sql`record.${sql.id(field.refColumn)}`;
    // None of these strings is the key of the ref: where the column is gone the archive has them all.
    const string = isColumn ? sql`record.${sql.id(field.legacyColumn)}` : sql`archive.legacy_value`;
    const archive = sql`
      JOIN choice_archive AS archive
        ON archive.tenant_id = record.tenant_id AND archive.field = ${field.coordinate} AND archive.record_id = record.id AND archive.ref = ${ref}`;
    const isOnOne = ways.map(({ from, values }) => sql`(${ref} = ANY (${[...from]}::uuid[]) AND ${string} = ANY (${[...values]}::text[]))`);
    const { rows } = await sql<{ records: number }>`
      SELECT count(*)::int AS records FROM ${sql.table(field.table)} AS record ${isColumn ? sql`` : archive}
      WHERE record.tenant_id = ${tenant.id} AND (${isOnOne.length === 0 ? sql`false` : sql.join(isOnOne, sql` OR `)})`.execute(db);
    uses.push({ field, records: rows[0]!.records });
  }
  return uses;
}

/** The partings whose records are not all back yet. */
async function findUnsettled(db: Sql, type: ChoiceType, tenantId: string): Promise<Parting[]> {
  const { rows } = await sql<{ mergeId: string; from: string; choiceIds: string[] }>`
    SELECT id AS "mergeId", undone_from AS from, undone_ids AS "choiceIds" FROM choice_merge
    WHERE tenant_id = ${tenantId} AND type = ${type.table} AND settled_at IS NULL AND undone_ids IS NOT NULL ORDER BY id`.execute(db);
  const partings: Parting[] = [];
  for (const undone of rows) partings.push(await findParting(db, type, tenantId, undone));
  return partings;
}

/**
 * How many records of each field are on their way back to one of these choices, since a merge was undone: they answer another one until
 * they are there. `leaving`: also those that are on their way back from one of them to whatever choice.
 */
export async function countComingBack(
  db: Sql,
  scope: Pick<EditScope, 'tenant' | 'type' | 'rules'>,
  parts: readonly RefPart[],
  choiceIds: readonly string[],
  { leaving = false }: { readonly leaving?: boolean } = {},
): Promise<FieldUse[]> {
  const { tenant, type } = scope;
  const among = (ids: readonly string[]) => ids.filter((id) => choiceIds.includes(id));
  const ways: Returning[] = [];
  for (const { from, choiceIds: to } of await findUnsettled(db, type, tenant.id))
    for (const way of [{ from, choiceIds: among(to) }, ...(leaving ? [{ from: among(from), choiceIds: to }] : [])])
      ways.push(await findReturning(db, type, tenant, way));
  return countReturning(db, scope, parts, ways);
}
