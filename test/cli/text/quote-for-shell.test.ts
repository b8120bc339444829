import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quoteForShell } from '../../../src/cli/text/quote-for-shell.ts';

describe('quoteForShell', () => {
  test.each([
    ['tech=tech', 'tech=tech'],
    ['Lead.industry', 'Lead.industry'],
    ['--tenant', '--tenant'],
    ['', "''"],
    ['tech =tech', "'tech =tech'"],
    ["it's=x", String.raw`'it'\''s=x'`],
    ['$HOME', "'$HOME'"],
    ['=tech', "'=tech'"],
    ['tech\u00a0=tech', String.raw`$'tech\302\240=tech'`],
    ["a\n'b\\!", String.raw`$'a\012\'b\\\041'`],
    ['cafe\u0301', String.raw`$'cafe\314\201'`],
  ])('quotes %j', (argument, quoted) => {
    expect(quoteForShell(argument)).toBe(quoted);
  });

  test('a shell reads back every byte, whatever its locale', () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom("'", '\\', '!', '\u00a0', '0', ' ', '$', '\n', 'é') }),
    );
    const withoutNul = argument.map((text) => text.replaceAll('\0', '').toWellFormed());
    fc.assert(
      fc.property(fc.array(withoutNul, { minLength: 20, maxLength: 60 }), (values) => {
        expect(readByBash(values.map(quoteForShell))).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });
});

function readByBash(words: readonly string[]): string[] {
  const script = `printf '%s\\0' ${words.join(' ')}`;
  return execFileSync('bash', ['--norc', '-c', script], { env: { LC_ALL: 'C' }, encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}
