import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { labelKey } from '../../src/choice/label-key.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { connect } from './writers.ts';

/** MODIFIER LETTER CAPITAL S: came with Unicode 17. */
const UNKNOWN_TO_UNICODE_16 = /\ua7f1/;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = await connect(database.ownerUrl);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function keysOf(labels: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    'SELECT choice_label_key(label) AS key FROM unnest($1::text[]) WITH ORDINALITY AS given (label, place) ORDER BY place',
    [labels],
  );
  return rows.map(({ key }) => key);
}

test.each([
  ['  Tech\u00a0', 'tech'],
  ['\t\n\v\f\rTech\u0085\u1680\u2003\u2028\u2029\u202f\u205f\u3000', 'tech'],
  ['Te\u200bch\ufeff\u00ad\u2060\u{e0041}\ufff0', 'tech'],
  ['Te\u0007ch\u009f', 'tech'],
  ['\u200b \u200bTech', 'tech'],
  ['Cafe\u0301', 'caf\u00e9'],
  ['ＴＥＣＨ', 'tech'],
  ['ﬁnance', 'finance'],
  ['Straße', 'strasse'],
  ['ΟΔΟΣ', 'οδος'],
  ['İstanbul', 'i̇stanbul'],
  ['Two  words', 'two  words'],
  ['\u200b\u00a0\u3164', ''],
])('%j has the key %j, here and in the database', async (label, key) => {
  expect([labelKey(label), ...(await keysOf([label]))]).toEqual([key, key]);
});

test('every character of Unicode’s first two planes, and every tag, has one key here and in the database', async () => {
  const ranges = [
    [1, 0xd7ff],
    [0xe000, 0x1ffff],
    [0xe0000, 0xe0fff],
  ] as const;
  const labels = ranges
    .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => `a${String.fromCodePoint(from + index)}b`))
    .filter((label) => /a\p{Assigned}b/u.test(label) && !/\p{Co}/u.test(label));
  const keys = await keysOf(labels);
  const different = labels.filter((label, index) => labelKey(label) !== keys[index]);
  // The server's Unicode may be older than ours: a letter that it does not know has no other case there.
  const letters = different.map((label) => label.slice(1, -1)).filter((letter) => !UNKNOWN_TO_UNICODE_16.test(letter));
  const { rows } = await client.query<{ letter: string }>(
    `SELECT letter FROM unnest($1::text[]) AS letter WHERE upper(letter COLLATE "und-x-icu") <> letter OR lower(letter COLLATE "und-x-icu") <> letter`,
    [letters],
  );
  expect([...rows, ...letters.filter((letter) => !/\p{Changes_When_Casemapped}/u.test(letter))]).toEqual([]);
});

test('labels of nasty characters have one key here and in the database', async () => {
  const nasty = fc.constantFrom(
    ...' \t\u0085\u00a0\u1680\u2003\u2028\u3000\u200b\u200d\ufeff\u00ad\u034f\u180e\u2060\ufe0f\ufff1\u{1bca0}\u{1d173}\u{e0001}\u0001\u001b\u001f\u007f\u009f',
    'Σ',
    'ς',
    'ß',
    'İ',
    'ı',
    'ǰ',
    'ﬀ',
    'Å',
    'e\u0301',
    '\u0301',
    '\u0327',
    '각',
    '\u1100',
    '\u1161',
    'ﷺ',
    '½',
    '①',
    'Ω',
    'ſ',
    '\u0345',
    'A',
    'z',
    '😀',
  );
  const label = fc
    .array(fc.oneof(nasty, nasty, fc.string({ unit: 'binary-ascii', maxLength: 2 })), { maxLength: 8 })
    .map((parts) => parts.join('').replaceAll('\0', ''));
  await fc.assert(
    fc.asyncProperty(fc.array(label, { minLength: 50, maxLength: 200 }), async (labels) => {
      const keys = labels.map(labelKey);
      expect(await keysOf(labels)).toEqual(keys);
    }),
    { numRuns: 50 },
  );
});
