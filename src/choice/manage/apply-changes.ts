import { ApplicationError, LimitExceededError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { setDefaultChoice } from './choice-defaults.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { createChoice, type NewChoice } from './create-choice.ts';
import { deleteChoice, restoreChoice } from './delete-choice.ts';
import { addAlias, removeAlias } from './edit-alias.ts';
import { lockChoicesAndRecords } from './managed-choice.ts';
import { type ChoiceOrder, reorderChoices } from './reorder-choices.ts';
import { type DepartureRequest, setChoiceActive } from './set-choice-active.ts';
import { type ChoiceUpdate, updateChoice } from './update-choice.ts';

/** One change of a list of them. Merges have a transaction of their own: they are none of these. */
export type ChoiceChange =
  | { readonly kind: 'create'; readonly input: NewChoice }
  | { readonly kind: 'update'; readonly input: ChoiceUpdate }
  | { readonly kind: 'reorder'; readonly input: ChoiceOrder }
  | { readonly kind: 'setActive'; readonly input: Omit<DepartureRequest, 'dryRun'> & { readonly active: boolean } }
  | { readonly kind: 'setDefault'; readonly input: { readonly field: ChoiceField; readonly id: string | null } }
  | { readonly kind: 'delete'; readonly input: Omit<DepartureRequest, 'dryRun'> }
  | { readonly kind: 'restore'; readonly input: Parameters<typeof restoreChoice>[1] }
  | { readonly kind: 'addAlias'; readonly input: Parameters<typeof addAlias>[1] }
  | { readonly kind: 'removeAlias'; readonly input: Parameters<typeof removeAlias>[1] };

const MOST_CHANGES = 1_000;

/**
 * Makes changes one after the other, all of them or none. However many of them write a choice, they count its version once, and `version`
 * is compared with the one that it had before the first.
 * @throws what the change throws that is refused: its `path` begins with the change's, `changes.2`, and `index` says which it is.
 */
export async function applyChoiceChanges(edit: ChoiceEdit, changes: readonly ChoiceChange[]): Promise<void> {
  if (changes.length > MOST_CHANGES)
    throw new LimitExceededError(`changes: expected at most ${MOST_CHANGES}, got ${changes.length}`, {
      path: 'changes',
      limit: MOST_CHANGES,
    });
  await lockDeparting(edit, changes);
  for (const [index, change] of changes.entries())
    await apply(edit, change).catch((error: unknown) => {
      throw locate(error, index);
    });
}

/** Who waits for records of one choice must not hold those of another: all that are to be deleted are held at once. */
async function lockDeparting(edit: ChoiceEdit, changes: readonly ChoiceChange[]): Promise<void> {
  const departures = changes.flatMap((change) => (change.kind === 'delete' ? [change.input] : []));
  if (departures.length > 0)
    await lockChoicesAndRecords(
      edit,
      departures.flatMap(({ id, replacementId }) => [id, replacementId]),
    );
}

function apply(edit: ChoiceEdit, change: ChoiceChange): Promise<unknown> {
  switch (change.kind) {
    case 'create':
      return createChoice(edit, change.input);
    case 'update':
      return updateChoice(edit, change.input);
    case 'reorder':
      return reorderChoices(edit, change.input);
    case 'setActive':
      return setChoiceActive(edit, change.input);
    case 'setDefault':
      return setDefaultChoice(edit, change.input);
    case 'delete':
      return deleteChoice(edit, change.input);
    case 'restore':
      return restoreChoice(edit, change.input);
    case 'addAlias':
      return addAlias(edit, change.input);
    case 'removeAlias':
      return removeAlias(edit, change.input);
  }
}

/** The same error, of the same class, that says where it is. */
function locate(error: unknown, index: number): unknown {
  if (!(error instanceof ApplicationError)) return error;
  const Located = error.constructor as new (
    message: string,
    data: Readonly<Record<string, unknown>>,
    options: ErrorOptions,
  ) => ApplicationError;
  const path = typeof error.data.path === 'string' ? `changes.${index}.${error.data.path}` : `changes.${index}`;
  return new Located(`changes.${index}: ${error.message}`, { ...error.data, path, index }, { cause: error });
}
