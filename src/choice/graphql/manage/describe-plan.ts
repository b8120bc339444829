import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { ChoicePlan } from '../../manage/plan.ts';

/** A plan as the API tells it. */
export function describePlan(registry: ChoiceRegistry, { planHash, records, fields }: ChoicePlan) {
  return {
    planHash,
    records,
    fields: fields.map((impact) => ({ field: registry.field(impact.field)!.enumValue, records: impact.records })),
  };
}
