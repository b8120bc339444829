import { describe, expect, test } from '@jest/globals';
import { readMappings } from '../../src/cli/mapping.ts';
import { UsageError } from '../../src/errors.ts';

describe('readMappings', () => {
  test('splits at the last = and keeps every byte of the value', () => {
    expect(readMappings(['a=b=tech', ' tech\u00a0 =tech', 'cafe\u0301=other'])).toEqual([
      { value: 'a=b', key: 'tech' },
      { value: ' tech\u00a0 ', key: 'tech' },
      { value: 'cafe\u0301', key: 'other' },
    ]);
  });

  test('counts a pair that is given twice once', () => {
    expect(readMappings(['Tech=tech', 'Tech=tech'])).toEqual([{ value: 'Tech', key: 'tech' }]);
  });

  test.each([
    [['tech'], 'expected VALUE=KEY, got tech'],
    [['=tech'], 'got no value in =tech'],
    [['tech='], 'got no key in tech='],
    [['Tech=tech', 'Tech=other'], 'the value Tech cannot stand for both tech and other'],
  ])('refuses %j', (pairs, message) => {
    expect(() => readMappings(pairs)).toThrow(UsageError);
    expect(() => readMappings(pairs)).toThrow(message);
  });
});
