import { BadUserInputError, ChoiceInUseError, ChoiceSystemError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { readEditedDefaults, writeDefault } from './choice-defaults.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { assertUnmerged, holdChoice, isListed, type ManagedChoice, readManaged, writeChoice } from './managed-choice.ts';

/** What rests on a choice that is to be deactivated or deleted, and who takes its place there. */
export interface Succession {
  /** The fields whose default it is, be it by the legacy column. */
  readonly defaultOf: readonly ChoiceField[];
  /** Whether a field that has to have a choice would find no other one that is active. */
  readonly isLast: boolean;
  readonly replacement: ManagedChoice | undefined;
}

/**
 * @throws ChoiceSystemError; ChoiceInUseError where something rests on the choice and nobody is named to take its place; NotFoundError and
 * BadUserInputError for a replacement that cannot be one.
 */
export async function planSuccession(
  edit: ChoiceEdit,
  choice: ManagedChoice,
  replacementId: string | null | undefined,
): Promise<Succession> {
  const { id, key } = choice;
  if (choice.system)
    throw new ChoiceSystemError(`"${key}" is one of the system's choices: it is neither deactivated nor deleted`, { id, key });
  const defaults = await readEditedDefaults(edit);
  const defaultOf = defaults.filter(({ ownId, columnId }) => (ownId ?? columnId) === id).map(({ field }) => field);
  const requiredBy = edit.registry.fieldsOfType(edit.type).filter((field) => field.required);
  const isLast =
    choice.active && requiredBy.length > 0 && !(await readManaged(edit, isListed)).some((other) => other.active && other.id !== id);
  const replacement = await findReplacement(edit, choice, replacementId);
  if (!replacement && (isLast || defaultOf.length > 0)) {
    const reasons = [
      ...(defaultOf.length > 0 ? [`is the default of ${name(defaultOf)}`] : []),
      ...(isLast ? [`is the last active choice, and ${name(requiredBy)} must have one`] : []),
    ];
    throw new ChoiceInUseError(`"${key}" ${reasons.join(' and ')}: name a replacement`, {
      path: 'replacementId',
      id,
      key,
      defaultOf: defaultOf.map(({ coordinate }) => coordinate),
      requiredBy: isLast ? requiredBy.map(({ coordinate }) => coordinate) : [],
      alternatives: ['replacementId'],
    });
  }
  return { defaultOf, isLast, replacement };
}

/** Puts the replacement where something rests on the choice: it is activated for that if it has to be. Elsewhere it is left alone. */
export async function succeed(edit: ChoiceEdit, { defaultOf, isLast, replacement }: Succession): Promise<void> {
  if (!replacement || (!isLast && defaultOf.length === 0)) return;
  if (!replacement.active) await writeChoice(edit, replacement, { active: true });
  for (const field of defaultOf) await writeDefault(edit.transaction, edit.tenant.id, field, replacement.id);
}

async function findReplacement(edit: ChoiceEdit, choice: ManagedChoice, id: string | null | undefined): Promise<ManagedChoice | undefined> {
  if (id === null || id === undefined) return undefined;
  const path = 'replacementId';
  const replacement = await holdChoice(edit, { id }, { path });
  assertUnmerged(edit, replacement, path);
  if (replacement.id === choice.id)
    throw new BadUserInputError(`${path}: expected another choice than "${choice.key}" itself`, { path, id });
  return replacement;
}

function name(fields: readonly ChoiceField[]): string {
  return fields.map(({ coordinate }) => coordinate).join(', ');
}
