import { describe, expect, test } from '@jest/globals';
import { parseTimeSpan } from '../../src/cli/parse-time-span.ts';

describe('parseTimeSpan', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['12h', 43_200],
    ['366d', 31_622_400],
  ])('reads %s as %d seconds', (text, seconds) => {
    expect(parseTimeSpan(text)).toBe(seconds);
  });

  test.each(['', '12', 'h', '0h', '-1h', '1.5h', '1 h', '1y', '367d', '99999999d', '1h ago'])('refuses %j', (text) => {
    expect(() => parseTimeSpan(text)).toThrow('Expected a span such as 90s, 15m, 12h or 30d, up to 366d.');
  });
});
