import { sql } from 'kysely';
import { BadUserInputError, ChoiceInUseError, NotFoundError } from '../../errors.ts';
import { excerpt } from '../excerpt.ts';
import { countValue } from '../migrate/count-value.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { findNamed } from './choose-key.ts';
import { type FieldUse, describeUses, sumRecords } from './count-uses.ts';
import { assertUnmerged, describeChoice, holdChoice, lockChoicesAndRecords, type ManagedChoice, touchChoice } from './managed-choice.ts';
import { assertNoRowsFollow } from './rows-follow.ts';

/** An exact legacy value, and the choice that it maps to. */
export interface ChoiceAlias {
  readonly value: string;
  readonly choice: ManagedChoice;
}

/**
 * Maps a legacy value, to the byte, to a choice. One that is mapped to it already stays as it is.
 * @throws NotFoundError; BadUserInputError for a merged choice, and for a value that no column holds or that is mapped to another choice,
 * which it tells as `choice`; RowsFollowError.
 */
export async function addAlias(edit: ChoiceEdit, { choiceId, value }: { choiceId: string; value: string }): Promise<ChoiceAlias> {
  const { transaction, registry, tenant, type } = edit;
  const refuse = (why: string, data = {}) => new BadUserInputError(`value: ${why}`, { path: 'value', ...data });
  const longest = Math.max(...registry.fieldsOfType(type).map((field) => field.length));
  if (value === '') throw refuse('an empty one means "no choice" and cannot be mapped');
  if (!value.isWellFormed() || value.includes('\0')) throw refuse('expected what a column can hold, got half a surrogate pair or U+0000');
  if ([...value].length > longest) throw refuse(`expected at most ${longest} characters, got ${[...value].length}`, { length: longest });
  const choice = await holdChoice(edit, { id: choiceId }, { path: 'choiceId' });
  assertUnmerged(edit, choice, 'choiceId');
  const bearer = await findNamed(edit, value);
  if (bearer?.id === choice.id) return { value, choice };
  if (bearer)
    throw refuse(
      bearer.key === value ? `${JSON.stringify(value)} is the key of a choice` : `${JSON.stringify(value)} is an alias of "${bearer.key}"`,
      { choice: describeChoice(bearer) },
    );
  await assertNoRowsFollow(edit, [value]);
  await sql`
    INSERT INTO ${sql.table(type.aliasTable)} (tenant_id, legacy_value, choice_id) VALUES (${tenant.id}, ${value}, ${choice.id})`.execute(
    transaction,
  );
  return { value, choice };
}

/**
 * Unmaps a legacy value that no record carries. Who chooses by it at this moment is waited for, and whoever comes later looks again.
 * @throws NotFoundError for one that is not mapped; BadUserInputError for a choice's own key; ChoiceInUseError with the records per field.
 */
export async function removeAlias(edit: ChoiceEdit, { value }: { value: string }): Promise<ChoiceAlias> {
  const { transaction, tenant, type } = edit;
  const shown = JSON.stringify(excerpt(value));
  const named = value.isWellFormed() && !value.includes('\0') ? await findNamed(edit, value) : undefined;
  if (!named) throw new NotFoundError(`value: ${shown} is no alias of a ${type.name}`, { path: 'value', value: excerpt(value) });
  if (named.key === value)
    throw new BadUserInputError(`value: ${shown} is the key of its choice and stays with it`, {
      path: 'value',
      choice: describeChoice(named),
    });
  await lockChoicesAndRecords(edit, [named.id, named.mergedIntoId]);
  // An alias of a deleted choice maps to nothing already.
  if (!named.deleted) await assertUncarried(edit, value);
  await sql`DELETE FROM ${sql.table(type.aliasTable)} WHERE tenant_id = ${tenant.id} AND legacy_value = ${value}`.execute(transaction);
  const find = (id: string) => holdChoice(edit, { id }, { path: 'value', deleted: true });
  await touchChoice(edit, await find(named.mergedIntoId ?? named.id));
  return { value, choice: await find(named.id) };
}

async function assertUncarried({ transaction, registry, tenant, type, rules }: ChoiceEdit, value: string): Promise<void> {
  const uses: FieldUse[] = [];
  for (const field of registry.fieldsOfType(type))
    uses.push({ field, records: await countValue(transaction, field, tenant, rules, value) });
  const fields = describeUses(uses);
  if (fields.length === 0) return;
  const records = sumRecords(fields);
  throw new ChoiceInUseError(
    `value: ${JSON.stringify(excerpt(value))} is what ${records} records carry: ${fields.map((use) => `${use.records} by ${use.field}`).join(', ')}`,
    { path: 'value', value: excerpt(value), fields, records, alternatives: [] },
  );
}
