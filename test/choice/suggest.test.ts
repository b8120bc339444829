import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { suggestKeys } from '../../src/choice/suggest.ts';
import { INDUSTRY, TASK_STATUS } from '../../src/crm/hardcoded-choices.ts';

const choices = (list: readonly (readonly [key: string, label: string, ...rest: unknown[]])[]) =>
  list.map(([key, label]) => ({ key, label }));

test.each([
  ['Tech', ['tech']],
  [' tech\u00a0', ['tech']],
  ['TECHNOLOGY', ['tech']],
  ['Technologie', ['tech']],
  ['Finnance', ['finance']],
  ['Health-Care', ['healthcare']],
  ['Énergy', ['energy']],
  ['retail stores', ['retail']],
  ['telecom', []],
  ['Retrial', []],
  ['x', []],
  ['', []],
  ['---', []],
  ['\u200b', []],
])('%j may have meant %j', (value, keys) => {
  expect(suggestKeys(value, choices(INDUSTRY))).toEqual(keys);
});

test.each(['In Progress', 'in-progress', 'INPROGRESS'])('%j may have meant in_progress', (value) => {
  expect(suggestKeys(value, choices(TASK_STATUS))).toEqual(['in_progress']);
});

test('the nearest comes first, and never more than three', () => {
  const near = ['alpha9', 'alpha', 'alphas', 'alpha1', 'alphabet'].map((key) => ({ key, label: key.toUpperCase() }));
  expect(suggestKeys('Alpha', near)).toEqual(['alpha', 'alpha9', 'alphas']);
});

test('whatever the value, the suggestions are keys of choices, each once', () => {
  const keys = new Set(INDUSTRY.map(([key]) => key));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const suggested = suggestKeys(value, choices(INDUSTRY));
      expect(suggested.every((key) => keys.has(key))).toBe(true);
      expect(new Set(suggested).size).toBe(suggested.length);
    }),
  );
});
