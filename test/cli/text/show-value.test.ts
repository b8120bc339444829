import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { showValue } from '../../../src/cli/text/show-value.ts';

describe('showValue', () => {
  test.each(['tech', 'cold_call', 'Öl & Gas', '日本', 'a  b', "it's", 'say "hi"', '100 %'])('shows %j as it is', (value) => {
    expect(showValue(value)).toBe(value);
  });

  test.each([
    ['', '""'],
    ['tech ', '"tech "'],
    [' tech', '" tech"'],
    ['tech\u00a0', '"tech\\u00a0"'],
    ['te\u200bch', '"te\\u200bch"'],
    ['\ufefftech', '"\\ufefftech"'],
    ['te\u00adch', '"te\\u00adch"'],
    ['a\tb', '"a\\tb"'],
    ['a\u001b[31mb', '"a\\u001b[31mb"'],
    ['\u202etech', '"\\u202etech"'],
    ['\u2800', '"\\u2800"'],
    ['\u3164', '"\\u3164"'],
    ['\u{e0001}', '"\\udb40\\udc01"'],
    ['"tech "', '"\\"tech \\""'],
  ])('shows %j in quotes, with what is hidden escaped', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });

  test('tells a decomposed letter from the composed one that looks the same', () => {
    expect(showValue('caf\u00e9')).toBe('café');
    expect(showValue('cafe\u0301')).toBe('"cafe\\u0301"');
  });

  test('never shows two values alike, and never prints a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(showValue(one) === showValue(other)).toBe(one === other);
        expect(showValue(one)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
