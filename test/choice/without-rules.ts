import type { ChoiceType } from '../../src/choice/choice-field.ts';

/**
 * A statement that leaves choices as only databases from before the rules for editing them have them: deleted ones that records refer to,
 * or none that is active. To be sent as one message, without parameters.
 */
export function withoutRules({ table }: Pick<ChoiceType, 'table'>, statement: string): string {
  const rules = ['guard_choice_rules', 'keep_active_choices'];
  const turn = (how: 'DISABLE' | 'ENABLE') => `ALTER TABLE ${table} ${rules.map((name) => `${how} TRIGGER ${name}`).join(', ')}`;
  return `${turn('DISABLE')}; ${statement}; ${turn('ENABLE')}`;
}
