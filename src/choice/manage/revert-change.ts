import { sql } from 'kysely';
import { readThrough } from '../../database/read.ts';
import { BadUserInputError, ConflictError, NotFoundError } from '../../errors.ts';
import { findChange, type RecordedChange } from '../audit/read-history.ts';
import { excerpt } from '../excerpt.ts';
import { setDefaultChoice } from './choice-defaults.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { findNamed } from './choose-key.ts';
import { addAlias, removeAlias } from './edit-alias.ts';
import { describeChoice, type ManagedChoice, readManaged } from './managed-choice.ts';
import { revertChoice } from './revert-choice.ts';

export interface RevertRequest {
  /** The number of the change in the tenant's history. */
  readonly sequence: string;
  /** Given, it must be that of the choice that was changed. Of no account for aliases and defaults. */
  readonly version?: number | null | undefined;
  /** Who takes the choice's place where it goes, and is the default, or the last active one of a field that has to have one. */
  readonly replacementId?: string | null | undefined;
}

/**
 * Makes what a change changed what it was before, as a new change, by the rules of today: of a choice the members that it changed, whatever
 * they have become since; a choice that was created is deleted. What is so already is not written. Changes that were made together go back
 * one by one, the latest first. Answers the choice that the change was of, or that an alias or a default names then; null where it names none.
 * @throws NotFoundError where the type has no such change; BadUserInputError for a change that something else takes back, with that as
 * `alternatives`; ConflictError for a legacy value that names a third choice by now, told as `current`; else what those functions throw
 * that make the change.
 */
export async function revertChange(edit: ChoiceEdit, request: RevertRequest): Promise<ManagedChoice | null> {
  const { transaction, registry, tenant, type } = edit;
  const { sequence } = request;
  const scope = { registry, tenantId: tenant.id, type, choiceId: undefined };
  const change = await findChange(readThrough(transaction), scope, sequence);
  if (change === undefined) {
    const shown = excerpt(sequence);
    throw new NotFoundError(`sequence: no change of a ${type.name} has the number "${shown}"`, { path: 'sequence', sequence: shown });
  }
  switch (change.kind) {
    case 'choice':
      return revertChoice(edit, change, request);
    case 'alias':
      return revertAlias(edit, change);
    case 'default':
      return setDefaultChoice(edit, { field: registry.field(change.type)!, id: choiceIdOf(change.before) });
  }
  throw new BadUserInputError(`sequence: change ${sequence} is one of the kind "${change.kind}", and not of a choice`, {
    path: 'sequence',
    kind: change.kind,
    alternatives: change.kind === 'phase' ? ['rollbackChoices'] : [],
  });
}

async function revertAlias(edit: ChoiceEdit, { object: value, before, after }: RecordedChange): Promise<ManagedChoice | null> {
  const formerId = choiceIdOf(before);
  const mappedId = choiceIdOf(after);
  const named = await findNamed(edit, value);
  if (named && named.id !== formerId && named.id !== mappedId)
    throw new ConflictError(`${JSON.stringify(excerpt(value))} is an alias of "${named.key}" by now`, {
      path: 'sequence',
      current: describeChoice(named),
    });
  if (named && named.id !== formerId) await removeAlias(edit, { value });
  if (formerId !== null) return (await addAlias(edit, { choiceId: formerId, value })).choice;
  const [choice] = await readManaged(edit, sql`choice.id = ${mappedId}`);
  return choice ?? null;
}

/** The choice that an alias or a default names. */
function choiceIdOf(row: RecordedChange['after']): string | null {
  return typeof row?.choice_id === 'string' ? row.choice_id : null;
}
