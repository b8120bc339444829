import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guardText, unguardText } from '../../../src/choice/csv/formula-guard.ts';
import {
  booleanFormat,
  integerFormat,
  listFormat,
  numberFormat,
  requiredTextFormat,
  type SheetFormat,
  textFormat,
} from '../../../src/choice/csv/sheet-format.ts';

/** What spreadsheets look at, often enough for two of it to meet. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc
    .array(fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ' ', '\u00a0', '\uff1d', '"', ',', ';', '\\', 'a', '\u202e', '😀'), {
      maxLength: 5,
    })
    .map((characters) => characters.join('')),
);

describe('a text', () => {
  test('is never a formula in its cell, and comes back as it was', () => {
    fc.assert(
      fc.property(text, (value) => {
        const cell = guardText(value);
        expect(cell).not.toMatch(/^(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u);
        expect(unguardText(cell)).toBe(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+44', "'+44"],
    ['-', "'-"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ["'=1", "''=1"],
    ["''=1", "'''=1"],
    ['', "'"],
    ["'", "''"],
    ["'tis", "'tis"],
    ["''tis", "''tis"],
    ['a=b', 'a=b'],
    ['Finance', 'Finance'],
  ])('%j stands as %j', (value, cell) => {
    expect(guardText(value)).toBe(cell);
    expect(unguardText(cell)).toBe(value);
  });
});

describe.each<[string, SheetFormat, fc.Arbitrary<string | number | boolean | string[] | null>]>([
  ['text', textFormat, fc.option(text)],
  ['true or false', booleanFormat, fc.option(fc.boolean())],
  ['a whole number', integerFormat, fc.option(fc.integer())],
  ['a number', numberFormat, fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0))],
  ['a list', listFormat, fc.array(text, { minLength: 1, maxLength: 4 })],
])('a cell of %s', (_, format, values) => {
  test('reads as what was written', () => {
    fc.assert(
      fc.property(values, (value) => expect(format.read(format.write(value))).toEqual({ value })),
      { numRuns: 1_000 },
    );
  });
});

test('what one cannot see in a list stands escaped', () => {
  expect(listFormat.write(['Tech\u00a0', 'a\u0301b c', '\u202e\n', 'naïve 😀', '\u{e0001}'])).toBe(
    String.raw`["Tech\u00a0","a\u0301b c","\u202e\n","naïve 😀","\udb40\udc01"]`,
  );
  expect(listFormat.write([])).toBe('');
});

test.each([
  [requiredTextFormat, '', 'EMPTY_CELL', 'expected a value, got an empty cell'],
  [booleanFormat, 'yes', 'NOT_A_BOOLEAN', 'expected true or false, got "yes"'],
  [integerFormat, '1.0', 'NOT_AN_INTEGER', 'expected a whole number from -2147483648 to 2147483647, got "1.0"'],
  [integerFormat, '2147483648', 'NOT_AN_INTEGER', 'got "2147483648"'],
  [integerFormat, '-2147483649', 'NOT_AN_INTEGER', 'got "-2147483649"'],
  [numberFormat, '1,5', 'NOT_A_NUMBER', 'expected a number such as 12.5, got "1,5"'],
  [numberFormat, '.', 'NOT_A_NUMBER', 'got "."'],
  [numberFormat, 'NaN', 'NOT_A_NUMBER', 'got "NaN"'],
  [listFormat, 'Tech', 'NOT_A_LIST', 'expected a JSON array of texts such as ["Tech ","IT"], got "Tech"'],
  [listFormat, '["a",1]', 'NOT_A_LIST', String.raw`got "[\"a\",1]"`],
  [listFormat, '{}', 'NOT_A_LIST', 'got "{}"'],
])('%# a cell that says something else is refused', (format, cell, code, message) => {
  expect(format.read(cell)).toEqual({ fault: { code, message: expect.stringContaining(message) } });
});

test('what spreadsheets make of truths and numbers is read', () => {
  expect([booleanFormat.read('TRUE'), booleanFormat.read('False'), integerFormat.read('+7'), numberFormat.read('1E+3')]).toEqual(
    [true, false, 7, 1_000].map((value) => ({ value })),
  );
});
