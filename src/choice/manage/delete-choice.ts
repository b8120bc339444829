import { sql } from 'kysely';
import { readThrough } from '../../database/read.ts';
import { ChoiceInUseError } from '../../errors.ts';
import { assertRoom, checkLabel } from './check-input.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { countChoiceUses, describeUses, sumRecords } from './count-uses.ts';
import { assertUnmerged, holdChoice, lockChoicesAndRecords, type ManagedChoice, readManaged, writeChoice } from './managed-choice.ts';
import { findRefParts } from './merge/move-rows.ts';
import { countComingBack } from './merge/partings.ts';
import { planSuccession, succeed } from './replacement.ts';
import { assertNoRowsFollow } from './rows-follow.ts';
import { ALTERNATIVES } from './rule-errors.ts';
import { type Departure, type DepartureRequest, planDeparture } from './set-choice-active.ts';

/**
 * Deletes a choice that nothing refers to. It keeps its key and the alias that is its key; its other aliases go.
 * @throws NotFoundError; ConflictError with `current`, or with `plan`; BadUserInputError for a merged one; ChoiceInUseError with the records
 * per field, those among them that are on their way back since a merge was undone, the keys of choices merged into it, and what can be done instead; and as `planSuccession`.
 */
export async function deleteChoice(edit: ChoiceEdit, request: DepartureRequest): Promise<Departure> {
  const { transaction, tenant, type } = edit;
  await lockChoicesAndRecords(edit, [request.id, request.replacementId]);
  const choice = await holdChoice(edit, request);
  assertUnmerged(edit, choice);
  const succession = await planSuccession(edit, choice, request.replacementId);
  await assertUnused(edit, choice);
  const plan = await planDeparture(edit, 'deleteChoice', request);
  if (request.dryRun) return { choice, plan };
  await succeed(edit, succession);
  await sql`
    DELETE FROM ${sql.table(type.aliasTable)}
    WHERE tenant_id = ${tenant.id} AND choice_id = ${choice.id} AND legacy_value <> ${choice.key}`.execute(transaction);
  return { choice: await writeChoice(edit, choice, { deleted_at: sql`now()` }), plan: null };
}

async function assertUnused(edit: ChoiceEdit, { id, key }: ManagedChoice): Promise<void> {
  const { transaction, registry, tenant, type, rules } = edit;
  const usesOf = await countChoiceUses(readThrough(transaction), { registry, type, tenantId: tenant.id, rules }, [id]);
  const parts = await findRefParts(transaction, registry, type, tenant);
  const comingBack = await countComingBack(transaction, edit, parts, [id]);
  const returning = sumRecords(comingBack);
  const fields = describeUses(
    usesOf(id).map(({ field, records }) => ({ field, records: records + (comingBack.find((use) => use.field === field)?.records ?? 0) })),
  );
  const merged = (await readManaged(edit, sql`choice.merged_into_id = ${id}`)).map((choice) => choice.key);
  if (fields.length === 0 && merged.length === 0) return;
  const records = sumRecords(fields);
  const users = [
    ...fields.map((use) => `${use.records} records by ${use.field}`),
    ...(returning > 0 ? [`${returning} of them are on their way back since a merge was undone`] : []),
    ...(merged.length > 0 ? [`the choices that were merged into it: ${merged.join(', ')}`] : []),
  ];
  throw new ChoiceInUseError(`"${key}" is used: ${users.join('; ')}. Merge it into another one, or deactivate it`, {
    id,
    key,
    fields,
    records,
    returning,
    merged,
    alternatives: ALTERNATIVES,
  });
}

/**
 * Takes a deletion back, by the rules of today. `label`: another one, where somebody has that of the choice by now.
 * One that is not deleted stays as it is.
 * @throws NotFoundError; ConflictError with `current`; BadUserInputError; LimitExceededError; RowsFollowError.
 */
export async function restoreChoice(
  edit: ChoiceEdit,
  request: { readonly id: string; readonly version?: number | null | undefined; readonly label?: string | null | undefined },
): Promise<ManagedChoice> {
  const choice = await holdChoice(edit, request, { deleted: true });
  if (!choice.deleted) return choice;
  const label = request.label ?? choice.label;
  await checkLabel(edit, label, choice.id);
  await assertRoom(edit);
  const { rows } = await sql<{ value: string }>`
    SELECT legacy_value AS value FROM ${sql.table(edit.type.aliasTable)}
    WHERE tenant_id = ${edit.tenant.id} AND choice_id = ${choice.id}`.execute(edit.transaction);
  await assertNoRowsFollow(
    edit,
    rows.map(({ value }) => value),
  );
  return writeChoice(edit, choice, { deleted_at: null, label });
}
