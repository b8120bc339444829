import { readThrough } from '../../database/read.ts';
import type { ChoiceEdit } from './choice-edit.ts';
import { assertUnmerged, holdChoice, lockChoiceRows, type ManagedChoice, writeChoice } from './managed-choice.ts';
import { assertPlan, type ChoicePlan, planChange } from './plan.ts';
import { planSuccession, succeed } from './replacement.ts';

/** What takes a choice away from those who want to choose it. */
export interface DepartureRequest {
  readonly id: string;
  /** Given, it must be the choice's. */
  readonly version?: number | null | undefined;
  /** Who takes its place where it is the default, or the last active one of a field that has to have one. */
  readonly replacementId?: string | null | undefined;
  /** What a dry run said: with another impact by now nothing is done. */
  readonly planHash?: string | null | undefined;
  /** Says what it would touch, and refuses what it would refuse; writes nothing. */
  readonly dryRun?: boolean | null | undefined;
}

export interface Departure {
  readonly choice: ManagedChoice;
  /** Of a dry run; null otherwise. */
  readonly plan: ChoicePlan | null;
}

/**
 * Lets a choice be chosen, or no more: records that have it keep it. What is so already is not written.
 * @throws NotFoundError; ConflictError with `current`, or with `plan`; BadUserInputError for a merged one; and as `planSuccession`.
 */
export async function setChoiceActive(edit: ChoiceEdit, request: DepartureRequest & { readonly active: boolean }): Promise<Departure> {
  await lockChoiceRows(edit, [request.id, request.replacementId]);
  const choice = await holdChoice(edit, request);
  assertUnmerged(edit, choice);
  const isDone = choice.active === request.active;
  const succession = isDone || request.active ? undefined : await planSuccession(edit, choice, request.replacementId);
  const plan = await planDeparture(edit, 'setChoiceActive', request);
  if (isDone || request.dryRun) return { choice, plan };
  if (succession) await succeed(edit, succession);
  return { choice: await writeChoice(edit, choice, { active: request.active }), plan: null };
}

/** The plan where one is asked for, by a dry run or to compare it; null otherwise. @throws ConflictError with `plan`. */
export async function planDeparture(edit: ChoiceEdit, operation: string, request: DepartureRequest): Promise<ChoicePlan | null> {
  const { transaction, registry, tenant, type, rules } = edit;
  const { id, replacementId, planHash, dryRun } = request;
  if (!dryRun && typeof planHash !== 'string') return null;
  const plan = await planChange(
    readThrough(transaction),
    { registry, tenantId: tenant.id, type, rules },
    { operation, choiceIds: [id.toLowerCase()], replacementId: replacementId?.toLowerCase() },
  );
  assertPlan(plan, planHash);
  return dryRun ? plan : null;
}
