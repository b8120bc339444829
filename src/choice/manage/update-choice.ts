import { BadUserInputError } from '../../errors.ts';
import { snakeCase } from '../choice-field.ts';
import { checkLabel, readExtra } from './check-input.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { assertUnmerged, holdChoice, type ManagedChoice, writeChoice } from './managed-choice.ts';

export interface ChoiceUpdate {
  readonly id: string;
  readonly label?: string | null | undefined;
  /** Values of the type's own columns, under their property names; null clears one. */
  readonly extra?: Readonly<Record<string, unknown>> | null | undefined;
  /** Given, it must be the choice's. */
  readonly version?: number | null | undefined;
}

/**
 * Writes what differs from what is stored; nothing does, nothing is written. Keys never change.
 * @throws NotFoundError; ConflictError with `current`; BadUserInputError, naming the input as `path` and a choice that has it already as
 * `choice`.
 */
export async function updateChoice(edit: ChoiceEdit, input: ChoiceUpdate): Promise<ManagedChoice> {
  const { label } = input;
  if (label === null) throw new BadUserInputError('label: expected one, got null', { path: 'label' });
  const choice = await holdChoice(edit, input);
  assertUnmerged(edit, choice);
  const isNewLabel = label !== undefined && label !== choice.label;
  if (isNewLabel) await checkLabel(edit, label, choice.id);
  const given = await readExtra(edit, input.extra);
  const extra = Object.keys(edit.type.extra)
    .map((property) => ({ property, column: snakeCase(property) }))
    .filter(({ property, column }) => column in given && given[column] !== choice[property])
    .map(({ column }) => [column, given[column] ?? null] as const);
  return writeChoice(edit, choice, { ...(isNewLabel && { label }), ...Object.fromEntries(extra) });
}
