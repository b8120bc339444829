import { sql } from 'kysely';
import { BadUserInputError, ChoiceSystemError, NotFoundError } from '../../errors.ts';
import type { RecordedChange } from '../audit/read-history.ts';
import { snakeCase } from '../choice-field.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { deleteChoice, restoreChoice } from './delete-choice.ts';
import { assertUnmerged, holdChoice, isListed, type ManagedChoice, readManaged } from './managed-choice.ts';
import { reorderChoices } from './reorder-choices.ts';
import { MOST_CHOICES } from './rule-errors.ts';
import { type DepartureRequest, setChoiceActive } from './set-choice-active.ts';
import { updateChoice } from './update-choice.ts';

/** Whose version is asked for, and who takes the choice's place where it goes. */
type Guard = Pick<DepartureRequest, 'version' | 'replacementId'>;

/**
 * Gives a choice the members back that a change changed; one that was created is deleted.
 * @throws NotFoundError; BadUserInputError for a merge and what is no tenant's to write; ChoiceSystemError; else what the functions throw
 * that edit choices.
 */
export async function revertChoice(edit: ChoiceEdit, change: RecordedChange, guard: Guard): Promise<ManagedChoice> {
  const { object: id, before, after } = change;
  const found = await findChoice(edit, id);
  if (found === undefined)
    throw new NotFoundError(`sequence: the ${edit.type.name} of change ${change.sequence} is not there any more`, { path: 'sequence', id });
  // What follows holds the choice as it needs to: more than once, if several members go back.
  const request = { id, version: guard.version, replacementId: guard.replacementId };
  if (before === null) return found.deleted ? found : (await deleteChoice(edit, request)).choice;

  const changed = listChanged(before, after ?? {});
  assertRevertible(edit, change, found, changed);
  const label = changed.has('label') ? (before.label as string) : undefined;
  if (changed.has('deleted_at') && before.deleted_at === null) await restoreChoice(edit, { ...request, label });
  const extra = readExtraBefore(edit, before, changed);
  if (label !== undefined || Object.keys(extra).length > 0) await updateChoice(edit, { ...request, label, extra });
  if (changed.has('active')) await setChoiceActive(edit, { ...request, active: before.active as boolean });
  if (changed.has('position')) await returnToPlace(edit, change, request);
  if (changed.has('deleted_at') && before.deleted_at !== null && !(await findChoice(edit, id))!.deleted) await deleteChoice(edit, request);
  return (await findChoice(edit, id))!;
}

async function findChoice(edit: ChoiceEdit, id: string): Promise<ManagedChoice | undefined> {
  const [choice] = await readManaged(edit, sql`choice.id = ${id}`);
  return choice;
}

type Row = NonNullable<RecordedChange['before']>;

/** The columns that a change changed. Their values are scalars. */
function listChanged(before: Row, after: Row): Set<string> {
  return new Set(Object.keys({ ...before, ...after }).filter((column) => before[column] !== after[column]));
}

/** Columns that edits of choices write, beside the type's own. */
const WRITTEN = ['label', 'active', 'position', 'deleted_at'];

function assertRevertible({ type }: ChoiceEdit, change: RecordedChange, choice: ManagedChoice, changed: ReadonlySet<string>): void {
  const { id, key } = choice;
  const refuse = (why: string, alternatives: readonly string[] = []) =>
    new BadUserInputError(`sequence: change ${change.sequence} of "${key}" ${why}`, { path: 'sequence', id, key, alternatives });
  if (changed.has('merged_into_id'))
    throw change.before!.merged_into_id === null
      ? refuse('merged it into another choice: undo the merge instead', ['undoChoiceMerge'])
      : refuse('undid a merge, or followed one: merge choices instead', ['mergeChoices']);
  if (changed.has('system'))
    throw new ChoiceSystemError(`Whether "${key}" is one of the system's choices is not a tenant's to say`, { id, key });
  const written = new Set([...WRITTEN, ...Object.keys(type.extra).map(snakeCase)]);
  const [unknown] = [...changed].filter((column) => !written.has(column));
  if (unknown !== undefined) throw refuse(`is one of ${unknown}, which no edit writes`);
}

/** What the type's own columns were that changed, under their property names. */
function readExtraBefore({ type }: ChoiceEdit, before: Row, changed: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(type.extra)
      .filter((property) => changed.has(snakeCase(property)))
      .map((property) => [property, before[snakeCase(property)] ?? null]),
  );
}

/** Puts a list in the order that it had: an order changes as a whole. Choices that were created since stay behind those that they follow. */
async function returnToPlace(edit: ChoiceEdit, change: RecordedChange, request: Guard & { readonly id: string }): Promise<void> {
  assertUnmerged(edit, await holdChoice(edit, request));
  const list = await readFormerPositions(edit, change);
  const order = list.filter(({ position }) => position !== null).toSorted((one, other) => one.position! - other.position!);
  for (const [index, choice] of list.entries())
    if (choice.position === null) order.splice(index === 0 ? 0 : order.indexOf(list[index - 1]!) + 1, 0, choice);
  await reorderChoices(edit, { ids: order.map(({ id }) => id) });
}

/**
 * The choices of the list, in the order of today, with the position that each had before a change: the one it was moved from first since the
 * edit began that the change is a part of, which moves at most a whole list; null where it was created since.
 */
async function readFormerPositions(
  { transaction, tenant, type }: ChoiceEdit,
  { sequence, group }: RecordedChange,
): Promise<{ readonly id: string; readonly position: number | null }[]> {
  const { rows } = await sql<{ id: string; position: number | null }>`
    WITH moved AS (
      SELECT DISTINCT ON (object) object::uuid AS id, (before ->> 'position')::int AS position
      FROM choice_change
      WHERE tenant_id = ${tenant.id} AND type = ${type.table} AND kind = 'choice' AND sequence >= (
          SELECT min(sequence) FROM choice_change
          WHERE tenant_id = ${tenant.id} AND type = ${type.table} AND group_id = ${group}
            AND sequence BETWEEN ${sequence}::bigint - ${MOST_CHOICES} AND ${sequence}
        )
      ORDER BY object, sequence
    )
    SELECT choice.id, CASE WHEN moved.id IS NULL THEN choice.position ELSE moved.position END AS position
    FROM ${sql.table(type.table)} AS choice LEFT JOIN moved USING (id)
    WHERE choice.tenant_id = ${tenant.id} AND ${isListed}
    ORDER BY choice.position, choice.id`.execute(transaction);
  return rows;
}
