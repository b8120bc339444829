import { type RawBuilder, sql } from 'kysely';
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts';
import type { Choice } from '../choice.ts';
import { selectChoice } from '../derive/choice-columns.ts';
import { excerpt } from '../excerpt.ts';
import { isUuid } from '../uuid.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { lockChoices } from './lock-choices.ts';

/** A choice as those see it who edit it. */
export type ManagedChoice = Choice;

/** The choices that meet a condition on `choice`, in order, deleted ones among them. */
export async function readManaged({ transaction, tenant, type }: ChoiceEdit, condition: RawBuilder<unknown>): Promise<ManagedChoice[]> {
  const { rows } = await sql<ManagedChoice>`
    SELECT ${selectChoice(type, 'choice')}
    FROM ${sql.table(type.table)} AS choice WHERE choice.tenant_id = ${tenant.id} AND ${condition}
    ORDER BY choice.position, choice.id`.execute(transaction);
  return rows;
}

/** What a list shows: choices that were neither deleted nor merged. */
export const isListed = sql`choice.deleted_at IS NULL AND choice.merged_into_id IS NULL`;

/**
 * Holds choices until the transaction ends, in the order of their ids, and reads them then, in the order asked for. Records that name one by
 * a ref alone are written meanwhile; those for which the API chooses one have to wait.
 * @throws NotFoundError, with the input that named it as `path`.
 */
export async function holdChoices(edit: ChoiceEdit, ids: readonly string[], path: string): Promise<ManagedChoice[]> {
  await lockChoiceRows(edit, ids);
  const known = ids.filter(isUuid);
  const found = new Map((await readManaged(edit, sql`choice.id = ANY (${known}::uuid[])`)).map((choice) => [choice.id, choice]));
  return ids.map((id) => {
    const choice = found.get(id.toLowerCase());
    if (choice === undefined)
      throw new NotFoundError(`${path}: no ${edit.type.name} has the id "${excerpt(id)}"`, { path, id: excerpt(id) });
    return choice;
  });
}

/** Holds those of the choices that are there. */
export async function lockChoiceRows(
  { transaction, tenant, type }: ChoiceEdit,
  ids: readonly (string | null | undefined)[],
): Promise<void> {
  await sql`
    SELECT FROM ${sql.table(type.table)} WHERE tenant_id = ${tenant.id} AND id = ANY (${findUuids(ids)}::uuid[])
    ORDER BY id FOR NO KEY UPDATE`.execute(transaction);
}

/** Holds those of the choices that are there against records too: those that name one are waited for, and wait. */
export async function lockChoicesAndRecords(
  { transaction, tenant, type }: ChoiceEdit,
  ids: readonly (string | null | undefined)[],
): Promise<void> {
  await lockChoices(transaction, type, tenant.id, findUuids(ids));
}

function findUuids(ids: readonly (string | null | undefined)[]): string[] {
  return ids.filter((id) => typeof id === 'string').filter(isUuid);
}

/** @throws NotFoundError for one that was deleted, ConflictError where `version` is not its own. */
export async function holdChoice(
  edit: ChoiceEdit,
  { id, version }: { readonly id: string; readonly version?: number | null | undefined },
  { path = 'id', deleted = false } = {},
): Promise<ManagedChoice> {
  const [choice] = (await holdChoices(edit, [id], path)) as [ManagedChoice];
  if (choice.deleted && !deleted)
    throw new NotFoundError(`${path}: the ${edit.type.name} "${choice.key}" was deleted`, { path, id, key: choice.key });
  const current = edit.versionsBefore.get(choice.id) ?? choice.version;
  if (typeof version === 'number' && version !== current)
    throw new ConflictError(`"${choice.key}" has version ${current}, not ${version}: somebody else changed it`, {
      path,
      current: describeChoice(choice),
    });
  return choice;
}

/** @throws BadUserInputError for a choice that was merged into another. */
export function assertUnmerged({ type }: ChoiceEdit, choice: ManagedChoice, path = 'id'): void {
  if (choice.mergedIntoId === null) return;
  throw new BadUserInputError(`${path}: the ${type.name} "${choice.key}" was merged into another one. Undo the merge first`, {
    path,
    id: choice.id,
    key: choice.key,
    mergedIntoId: choice.mergedIntoId,
  });
}

/** Writes columns of a choice that is held, by their names, and counts its version. Nothing to write: nothing is. */
export async function writeChoice(
  edit: ChoiceEdit,
  choice: ManagedChoice,
  columns: Readonly<Record<string, RawBuilder<unknown> | string | number | boolean | null>>,
): Promise<ManagedChoice> {
  const entries = Object.entries(columns);
  if (entries.length === 0) return choice;
  const { transaction, tenant, type, versionsBefore } = edit;
  if (!versionsBefore.has(choice.id)) versionsBefore.set(choice.id, choice.version);
  const set = entries.map(([name, value]) => sql`${sql.id(name)} = ${value}`);
  await sql`
    UPDATE ${sql.table(type.table)} SET ${sql.join(set)}, version = ${versionsBefore.get(choice.id)! + 1}, updated_at = now()
    WHERE tenant_id = ${tenant.id} AND id = ${choice.id}`.execute(transaction);
  const [written] = await readManaged(edit, sql`choice.id = ${choice.id}`);
  return written!;
}

/** Counts the version of a choice that is held, for something beside it changed: who found the choice before looks again. */
export async function touchChoice(edit: ChoiceEdit, choice: ManagedChoice): Promise<ManagedChoice> {
  return writeChoice(edit, choice, { position: choice.position });
}

/** A choice as errors tell it. */
export function describeChoice({ type: _, deleted: __, ...choice }: ManagedChoice): Readonly<Record<string, unknown>> {
  return choice;
}
