import { expect, test } from '@jest/globals';
import { deriveLifecycle } from '../../../src/choice/derive/lifecycle.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';

test('a field that is removed takes its legacy members with it, and nothing else', () => {
  const field = choiceRegistry.field('Lead.industry')!;
  const removed = deriveLifecycle([{ ...field, deprecated: { ...field.deprecated, removed: '2027-07' } }]);
  const kept = deriveLifecycle([field]);
  expect(removed.filter(([, lifecycle]) => lifecycle.removed !== undefined)).toEqual(
    ['Lead', 'CreateLeadInput', 'UpdateLeadInput', 'LeadFilter'].map((owner) => [
      `${owner}.industry`,
      expect.objectContaining({ removed: '2027-07', deprecated: expect.objectContaining({ sunset: '2027-07' }) }),
    ]),
  );
  expect(removed.map(([coordinate]) => coordinate)).toEqual(kept.map(([coordinate]) => coordinate));
  expect(kept.every(([, lifecycle]) => lifecycle.removed === undefined)).toBe(true);
});
