import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { BadUserInputError, ConflictError } from '../../errors.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { describeChoice, holdChoices, isListed, type ManagedChoice, readManaged } from './managed-choice.ts';

export interface ChoiceOrder {
  /** Every choice of the list, inactive ones included, in the order wanted. */
  readonly ids: readonly string[];
  /** The list's version that the order was made from; given, it must be the list's. */
  readonly expectedVersion?: string | null | undefined;
}

export interface ChoiceList {
  readonly choices: readonly ManagedChoice[];
  readonly version: string;
}

/**
 * What tells one state of a list from another: the same as long as the same choices stand in the same order. To rename one, or to deactivate
 * it, is no change of the list.
 */
export function versionList(choices: readonly { readonly id: string }[]): string {
  return createHash('sha256')
    .update(choices.map(({ id }) => id).join())
    .digest('hex')
    .slice(0, 32);
}

/** The choices that a list shows: neither deleted nor merged ones. */
export async function readChoiceList(edit: ChoiceEdit): Promise<ChoiceList> {
  const choices = await readManaged(edit, isListed);
  return { choices, version: versionList(choices) };
}

/**
 * Numbers the choices of a list from 1, in a new order. The order that it has: nothing is written.
 * @throws BadUserInputError for an id that is named twice; NotFoundError for nobody's; ConflictError, with the list and its version as
 * `current`, where the list has other choices, or is not at the version expected.
 */
export async function reorderChoices(edit: ChoiceEdit, { ids, expectedVersion }: ChoiceOrder): Promise<ChoiceList> {
  const wanted = ids.map((id) => id.toLowerCase());
  const twice = wanted.find((id, index) => wanted.indexOf(id) !== index);
  if (twice !== undefined) throw new BadUserInputError(`ids: "${twice}" is named twice`, { path: 'ids', id: twice });
  await holdChoices(edit, wanted, 'ids');
  const list = await readChoiceList(edit);
  const current = { version: list.version, choices: list.choices.map(describeChoice) };
  if (typeof expectedVersion === 'string' && expectedVersion !== list.version)
    throw new ConflictError('The list is not at the version expected: somebody else changed it', { path: 'expectedVersion', current });
  const listed = new Set(list.choices.map(({ id }) => id));
  if (wanted.length !== listed.size || !wanted.every((id) => listed.has(id)))
    throw new ConflictError(`ids: expected every choice of the list, ${listed.size} in all; it has others`, { path: 'ids', current });
  if (list.choices.every(({ id }, index) => id === wanted[index])) return list;
  await writeOrder(edit, wanted);
  return readChoiceList(edit);
}

/** Numbers choices from 1; those that have their number already are left as they are. */
export async function writeOrder(edit: ChoiceEdit, ids: readonly string[]): Promise<void> {
  const { transaction, tenant, type, versionsBefore } = edit;
  const choices = await holdChoices(edit, ids, 'ids');
  const moved = choices
    .map((choice, index) => ({ choice, position: index + 1 }))
    .filter(({ choice, position }) => choice.position !== position);
  for (const { choice } of moved) if (!versionsBefore.has(choice.id)) versionsBefore.set(choice.id, choice.version);
  await sql`
    UPDATE ${sql.table(type.table)} AS choice SET position = place.position, version = place.version, updated_at = now()
    FROM unnest(
      ${moved.map(({ choice }) => choice.id)}::uuid[], ${moved.map(({ position }) => position)}::int[],
      ${moved.map(({ choice }) => versionsBefore.get(choice.id)! + 1)}::int[]
    ) AS place (id, position, version)
    WHERE choice.tenant_id = ${tenant.id} AND choice.id = place.id`.execute(transaction);
}
