import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CatalogType, cellType } from '../../../src/crm/import/cell-type.ts';
import { useImportDatabase } from './import-database.ts';

const database = useImportDatabase();
const NONE = { length: null, precision: null, scale: null };
const INTEGER = { ...NONE, name: 'integer' };
const NUMERIC = { ...NONE, name: 'numeric', precision: 18, scale: 2 };
const TIMESTAMP = { ...NONE, name: 'timestamp with time zone' };
const TEXT = { ...NONE, name: 'character varying', length: 5 };

test.each<[CatalogType, string[]]>([
  [INTEGER, ['0', '-2147483648', '2147483647', '+7', '007', '-0']],
  [NUMERIC, ['0', '-1', '+1.5', '1234567890123456.78', '0001234567890123456.7800', '5.000']],
  [
    TIMESTAMP,
    [
      '2020-02-29T00:00:00Z',
      '2020-01-02 03:04:05+00',
      '2020-01-02T03:04Z',
      '2020-01-02T03:04:05.123456-03:30',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
      '2020-01-02T03:04:05+1400',
    ],
  ],
  [TEXT, ['abcde', '     ', '\u{1f9ca}\u{1f9ca}\u{1f9ca}\u{1f9ca}\u{1f9ca}', 'cafe\u0301']],
  [{ ...NONE, name: 'boolean' }, ['true', 'false']],
])('%o takes what PostgreSQL takes too', async (type, cells) => {
  const checked = cellType(type)!;
  for (const cell of cells) {
    expect([cell, checked.check(cell)]).toEqual([cell, undefined]);
    const declared = type.name === 'numeric' ? 'numeric(18, 2)' : type.name === 'character varying' ? 'varchar(5)' : type.name;
    await database.owner.pool.query(
      `CREATE TEMP TABLE taken (value ${declared}); INSERT INTO taken SELECT $$${cell}$$::${checked.cast ?? 'text'}; DROP TABLE taken`,
    );
  }
});

test.each<[CatalogType, string[]]>([
  [INTEGER, ['', ' 1', '1 ', '1.0', '1e3', '0x10', '1_000', '--1', '2147483648', '-2147483649', '١', '9'.repeat(40)]],
  [NUMERIC, ['', '.', '1.', '.5', '1e3', '1,5', 'NaN', 'Infinity', ' 1', '12345678901234567', '0.001', '1_0']],
  [
    TIMESTAMP,
    [
      '',
      '2020-01-02',
      '2020-01-02T03:04:05',
      '2020-13-01T00:00:00Z',
      '2021-02-29T00:00:00Z',
      '2020-01-02T24:00:00Z',
      '2020-01-02T03:04:60Z',
      '2020-01-02T03:04:05 Z',
      'now',
      'infinity',
      '0000-01-01T00:00:00Z',
      '20-01-02T03:04:05Z',
      '2020-01-02T03:04:05+16:00',
    ],
  ],
  [TEXT, ['abcdef', 'abcde ', 'cafe\u0301s']],
  [{ ...NONE, name: 'boolean' }, ['TRUE', 't', '1', '']],
])('%o refuses what would be cut, rounded, misread or refused later', (type, cells) => {
  for (const cell of cells) expect([cell, cellType(type)!.check(cell)?.code]).toEqual([cell, expect.any(String)]);
});

test('a number that passes is the same number in the database', async () => {
  const digits = fc
    .tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^\d{1,20}$/), fc.stringMatching(/^(\.\d{1,4})?$/))
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(digits, async (cell) => {
      if (cellType(NUMERIC)!.check(cell) !== undefined) return;
      expect(await database.rows('SELECT $1::text::numeric(18, 2) = $1::text::numeric AS same', [cell])).toEqual([{ same: true }]);
    }),
  );
});

test('a time that passes is the same time in the database, to the millisecond', async () => {
  const time = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  await fc.assert(
    fc.asyncProperty(time, async (value) => {
      const cell = value.toISOString();
      expect(cellType(TIMESTAMP)!.check(cell)).toBeUndefined();
      expect(
        await database.rows('SELECT extract(epoch FROM $1::text::timestamptz(3)) * 1000 = $2::numeric AS same', [cell, value.getTime()]),
      ).toEqual([{ same: true }]);
    }),
  );
});

test('a column of a type that a CSV cell has no agreed form for is not imported', () => {
  for (const name of ['jsonb', 'bytea', 'ARRAY', 'uuid']) expect(cellType({ ...NONE, name })).toBeUndefined();
});
