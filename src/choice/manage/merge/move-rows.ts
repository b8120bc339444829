import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceType } from '../../choice-field.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { Batch, Reach } from '../../migrate/backfill/batch.ts';
import { isBatchFailure } from '../../migrate/backfill/failure.ts';
import { MOVES_SETTING } from '../../derive/note-trigger.ts';
import { moveMergedRefs, moveMergedRefsByArchive } from '../../migrate/backfill/move-refs.ts';
import { NIL, type Part } from '../../migrate/backfill/part.ts';
import { isBeingRestored } from '../../migrate/backfill/part-state.ts';
import { type Returning, returnRefs, returnRefsByArchive } from '../../migrate/backfill/return-refs.ts';

/** A field of a tenant whose records have refs. */
export interface RefPart extends Part {
  readonly contracted: boolean;
}

/** Where refs go: on from the one choice, or from all, that were merged; or back from where a merge that was undone had them go. */
export type Movement = { readonly loser: string } | 'onward' | Returning;

/** The fields of a type that have refs by now, whatever phase the tenant is at. */
export async function findRefParts(db: Sql, registry: ChoiceRegistry, type: ChoiceType, tenant: Tenant): Promise<RefPart[]> {
  const { rows } = await sql<{ field: string; contracted: boolean }>`
    SELECT field, phase = 'contracted' AS contracted FROM choice_field_state`.execute(db);
  return registry
    .fieldsOfType(type)
    .flatMap((field) => rows.filter((row) => row.field === field.coordinate).map(({ contracted }) => ({ field, tenant, contracted })));
}

/** Moves some refs of a part, passing over rows that somebody holds; undefined while the column of a contracted field is being filled. */
export async function moveRows(transaction: Sql, part: RefPart, movement: Movement, reach: Reach): Promise<Batch | undefined> {
  if (part.contracted && (await isBeingRestored(transaction, part))) return undefined;
  const moveMerged = part.contracted ? moveMergedRefsByArchive : moveMergedRefs;
  if (movement === 'onward') return moveMerged(transaction, part, reach);
  if ('loser' in movement) return moveMerged(transaction, part, reach, movement.loser);
  return (part.contracted ? returnRefsByArchive : returnRefs)(transaction, part, reach, movement);
}

/**
 * Moves as many rows as `limit` in the transaction that holds the choices, and waits for none. What fails is left to the run that comes
 * after, as is what is left. Answers how many moved.
 */
export async function moveAtOnce(
  transaction: Sql,
  parts: readonly RefPart[],
  movements: readonly Movement[],
  limit: number,
): Promise<number> {
  let moved = 0;
  // Rows are read in the order of an index, and no further than the limit: see what a batch sets.
  await sql`SELECT set_config('enable_sort', 'off', true), set_config(${MOVES_SETTING}, 'on', true)`.execute(transaction);
  await sql`SAVEPOINT move_rows`.execute(transaction);
  try {
    for (const [part, movement] of parts.flatMap((each) => movements.map((one) => [each, one] as const)))
      if (moved < limit) moved += (await moveRows(transaction, part, movement, { cursor: NIL, limit: limit - moved }))?.updated ?? 0;
  } catch (error) {
    if (!isBatchFailure(error)) throw error;
    await sql`ROLLBACK TO SAVEPOINT move_rows`.execute(transaction);
    moved = 0;
  }
  await sql`RELEASE SAVEPOINT move_rows`.execute(transaction);
  await sql`SELECT set_config('enable_sort', 'on', true), set_config(${MOVES_SETTING}, 'off', true)`.execute(transaction);
  return moved;
}
