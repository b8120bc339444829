import { choiceField, choiceType } from '../../src/choice/choice-field.ts';
import { createChoiceRegistry } from '../../src/choice/choice-registry.ts';

const industry = choiceType({ name: 'Industry', description: 'A line of business.' });

/** Two fields of one type: enough for a command line. */
export const choiceRegistry = createChoiceRegistry(
  ['Lead', 'Account'].map((owner) =>
    choiceField({
      owner,
      legacy: 'industry',
      length: 50,
      required: false,
      default: null,
      type: industry,
      hardcoded: [['tech', 'Technology']],
      deprecated: { since: '2026-11', sunset: '2027-07' },
    }),
  ),
);
