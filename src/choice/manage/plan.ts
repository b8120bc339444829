import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Read } from '../../database/read.ts';
import { ConflictError } from '../../errors.ts';
import { type ChoiceUseScope, countChoiceUses, describeUses, sumRecords } from './count-uses.ts';

/** A change of choices that is planned before it is made. */
export interface PlanRequest {
  /** The mutation: `mergeChoices`. */
  readonly operation: string;
  /** The choices that go. */
  readonly choiceIds: readonly string[];
  /** The choice that takes their place, if one does. */
  readonly replacementId?: string | undefined;
}

/** How many records a change touches. */
export interface FieldImpact {
  /** Schema coordinate. */
  readonly field: string;
  readonly records: number;
}

/** A choice of a plan, as it is. */
export interface PlannedChoice {
  readonly id: string;
  readonly key: string;
  readonly label: string;
  readonly version: number;
  /** The strings that name it, and the choices that were merged into it. */
  readonly aliases: readonly string[];
}

export interface PlannedLoss extends PlannedChoice {
  /** Records that answer it, per field that has any. */
  readonly fields: readonly FieldImpact[];
}

/** What a change of choices would touch at this moment. */
export interface ChoicePlan {
  readonly operation: string;
  readonly choices: readonly PlannedLoss[];
  readonly replacement: PlannedChoice | null;
  /** Records that answer one of the choices, per field that has any. */
  readonly fields: readonly FieldImpact[];
  /** All of these. */
  readonly records: number;
  /** Of all above, in hex: the same as long as the change touches the same. */
  readonly planHash: string;
}

/** Says what a change would touch: in one statement for the choices and one per field of their type. */
export async function planChange(read: Read, scope: ChoiceUseScope, request: PlanRequest): Promise<ChoicePlan> {
  const { operation, replacementId } = request;
  const choiceIds = [...new Set(request.choiceIds)].sort();
  const planned = await readPlanned(read, scope, [...choiceIds, ...(replacementId === undefined ? [] : [replacementId])]);
  const usesOf = await countChoiceUses(read, scope, choiceIds);
  const choices = choiceIds.flatMap((id) => {
    const choice = planned.get(id);
    return choice ? [{ ...choice, fields: describeUses(usesOf(id)) }] : [];
  });
  const sums = new Map<string, number>();
  for (const { fields } of choices) for (const { field, records } of fields) sums.set(field, (sums.get(field) ?? 0) + records);
  const fields = [...sums].map(([field, records]) => ({ field, records }));
  const impact = {
    operation,
    choices,
    replacement: (replacementId !== undefined && planned.get(replacementId)) || null,
    fields,
    records: sumRecords(fields),
  };
  return { ...impact, planHash: hashImpact(impact) };
}

/**
 * Lets a change pass that touches what its plan said.
 * @throws ConflictError with the plan of now, in `plan`.
 */
export function assertPlan(plan: ChoicePlan, planHash: string | null | undefined): void {
  if (planHash === undefined || planHash === null || planHash === plan.planHash) return;
  throw new ConflictError(
    `${plan.operation}: what it touches has changed since it was planned: ${plan.records} records now. Look at the plan, and ask again with its planHash`,
    { plan },
  );
}

/** Members in a fixed order, whatever order objects have theirs in. */
function hashImpact({ operation, choices, replacement, fields }: Omit<ChoicePlan, 'planHash'>): string {
  const state = ({ id, key, version, aliases }: PlannedChoice) => [id, key, version, aliases];
  const impact = (some: readonly FieldImpact[]) => some.map(({ field, records }) => [field, records]).sort();
  const text = JSON.stringify([
    operation,
    choices.map((choice) => [...state(choice), impact(choice.fields)]),
    replacement && state(replacement),
    impact(fields),
  ]);
  return createHash('sha256').update(text).digest('hex');
}

async function readPlanned(read: Read, { type, tenantId }: ChoiceUseScope, ids: readonly string[]): Promise<Map<string, PlannedChoice>> {
  const choices = sql.table(type.table);
  const rows = await read(sql<PlannedChoice>`
    SELECT choice.id, choice.key, choice.label, choice.version, ARRAY(
      SELECT alias.legacy_value
      FROM ${sql.table(type.aliasTable)} AS alias
      JOIN ${choices} AS named ON named.tenant_id = alias.tenant_id AND named.id = alias.choice_id
      WHERE alias.tenant_id = choice.tenant_id AND coalesce(named.merged_into_id, named.id) = choice.id ORDER BY alias.legacy_value
    ) AS aliases
    FROM ${choices} AS choice WHERE choice.tenant_id = ${tenantId} AND choice.id = ANY (${[...ids]}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}
