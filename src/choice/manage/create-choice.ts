import { sql } from 'kysely';
import { BadUserInputError, ConflictError } from '../../errors.ts';
import { assertRoom, checkLabel, readExtra } from './check-input.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { chooseKey } from './choose-key.ts';
import { isListed, type ManagedChoice, readManaged } from './managed-choice.ts';
import { writeOrder } from './reorder-choices.ts';
import { assertNoRowsFollow } from './rows-follow.ts';

export interface NewChoice {
  /** Made from the label if there is none. */
  readonly key?: string | null | undefined;
  readonly label: string;
  /** The place in the list, from 1; those from there on move down. The last one if not said otherwise. */
  readonly position?: number | null | undefined;
  /** Values of the type's own columns, under their property names. */
  readonly extra?: Readonly<Record<string, unknown>> | null | undefined;
}

/** PostgreSQL's `integer`. */
const LAST_POSITION = 2 ** 31 - 1;

/**
 * Creates a choice, active.
 * @throws BadUserInputError, naming the input as `path` and a choice that has it already as `choice`; LimitExceededError; ConflictError where
 * the tenant has no choices of the type yet; RowsFollowError.
 */
export async function createChoice(edit: ChoiceEdit, input: NewChoice): Promise<ManagedChoice> {
  const { transaction, tenant, type, versionsBefore } = edit;
  await assertPopulated(edit);
  await checkLabel(edit, input.label);
  await assertRoom(edit);
  const extra = await readExtra(edit, input.extra);
  const key = await chooseKey(edit, input.key, input.label);
  const { count, last } = await measureList(edit);
  const place = checkPlace(input.position, count);
  await assertNoRowsFollow(edit, [key]);

  const position = Math.min(LAST_POSITION, last + 1);
  const columns = Object.entries({ tenant_id: tenant.id, key, label: input.label, position, ...extra });
  const { rows } = await sql<{ id: string }>`
    INSERT INTO ${sql.table(type.table)} (${sql.join(columns.map(([name]) => sql.id(name)))})
    VALUES (${sql.join(columns.map(([, value]) => value))}) RETURNING id`.execute(transaction);
  const { id } = rows[0]!;
  versionsBefore.set(id, 0);
  if (place <= count) {
    const others = (await readManaged(edit, isListed)).map((choice) => choice.id).filter((other) => other !== id);
    await writeOrder(edit, others.toSpliced(place - 1, 0, id));
  }
  return (await readManaged(edit, sql`choice.id = ${id}`))[0]!;
}

/** How many choices the list has, and the last one's position; 0 where there is none. */
async function measureList({ transaction, tenant, type }: ChoiceEdit): Promise<{ count: number; last: number }> {
  const { rows } = await sql<{ count: number; last: number }>`
    SELECT count(*)::int AS count, greatest(0, max(position)) AS last FROM ${sql.table(type.table)} AS choice
    WHERE tenant_id = ${tenant.id} AND ${isListed}`.execute(transaction);
  return rows[0]!;
}

/** Choices of its own are what `populate` gives a tenant, from the hardcoded list; before that none may hide that list. */
async function assertPopulated({ transaction, tenant, type }: ChoiceEdit): Promise<void> {
  const { rows } = await sql`SELECT FROM ${sql.table(type.table)} WHERE tenant_id = ${tenant.id} LIMIT 1`.execute(transaction);
  if (rows.length === 0)
    throw new ConflictError(`${tenant.slug} has no choices of the type ${type.name} yet: they come with "choices populate"`, {
      type: type.enumValue,
    });
}

function checkPlace(place: number | null | undefined, count: number): number {
  if (place === null || place === undefined) return count + 1;
  if (!Number.isInteger(place) || place < 1 || place > count + 1)
    throw new BadUserInputError(`position: expected 1 to ${count + 1}, got ${place}`, { path: 'position', most: count + 1 });
  return place;
}
