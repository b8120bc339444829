import { expect, test } from '@jest/globals';
import { ImportError } from '../../../src/crm/import/import-error.ts';
import type { RowProblem } from '../../../src/crm/import/row-problem.ts';
import { OperationError } from '../../../src/errors.ts';
import { ACCOUNT_HEADER, LEAD_HEADER, leadFile, leadLine, OPPORTUNITY_HEADER, TASK_HEADER } from './export-files.ts';
import { useImportDatabase } from './import-database.ts';

const database = useImportDatabase();

async function refuse(files: Readonly<Record<string, string | Buffer>>, options: { createTenants?: boolean } = {}): Promise<ImportError> {
  const error: unknown = await database.importFiles(files, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImportError);
  expect(error).toBeInstanceOf(OperationError);
  expect(await database.rows('SELECT (SELECT count(*)::int FROM lead) AS leads, (SELECT count(*)::int FROM tenant) AS tenants')).toEqual([{ leads: 0, tenants: 0 }]);
  return error as ImportError;
}

function bytes(...parts: readonly (string | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([...part]))));
}

const good = leadLine({});
const long = 'x'.repeat(51);

/** The file's lines, and the problem: its line, column, code, and what its message says. */
const CASES: readonly [what: string, content: string | Buffer, line: number, column: string | null, code: RowProblem['code'], message: RegExp][] = [
  ['an empty file', '', 1, null, 'NO_HEADER', /expected a header .*tenant, legacy_id.*got an empty file/],
  ['a file of blank lines', '\n\n\n', 1, null, 'NO_HEADER', /got an empty file/],
  ['an unknown column', `${LEAD_HEADER},shoe size\n${good},42\n`, 1, 'shoe size', 'UNKNOWN_COLUMN', /expected columns out of tenant, .*industry.*, got "shoe size"/],
  ['a column that the import does not take', `${LEAD_HEADER},tenant_id\n${good},42\n`, 1, 'tenant_id', 'UNKNOWN_COLUMN', /got "tenant_id"/],
  ['a ref column', `${LEAD_HEADER},industry_id\n${good},\n`, 1, 'industry_id', 'UNKNOWN_COLUMN', /got "industry_id"/],
  ['a column with a blank around its name', `${LEAD_HEADER.replace('company', ' company')}\n${good}\n`, 1, ' company', 'UNKNOWN_COLUMN', /got " company"/],
  ['a missing required column', `${LEAD_HEADER.replace(',email', '')}\n${good.replace(',ada@example.com', '')}\n`, 1, 'email', 'MISSING_COLUMN', /expected this column/],
  ['a missing tenant column', LEAD_HEADER.replace('tenant,', ''), 1, 'tenant', 'MISSING_COLUMN', /expected this column/],
  ['a repeated column', `${LEAD_HEADER},country\n${good},NO\n`, 1, 'country', 'DUPLICATE_COLUMN', /expected each column once/],
  ['a header with a broken quote', `${LEAD_HEADER},"x\n${good}\n`, 1, null, 'BROKEN_QUOTE', /to be closed, got the end of the file/],
  ['semicolons for commas', `${LEAD_HEADER.replaceAll(',', ';')}\n`, 1, LEAD_HEADER.replaceAll(',', ';'), 'UNKNOWN_COLUMN', /got "tenant;legacy_id/],
  ['a cell too few', leadFile(good, leadLine({ legacy_id: '2' }).replace(',NO', '')), 3, null, 'CELL_COUNT', /expected 16 cells, got 15/],
  ['a cell too many', leadFile(good, `${leadLine({ legacy_id: '2' })},`), 3, null, 'CELL_COUNT', /expected 16 cells, got 17/],
  ['a choice that is too long', leadFile(good, leadLine({ legacy_id: '2', industry: long })), 3, 'industry', 'TOO_LONG', /expected at most 50 characters, got 51: "x{51}"/],
  ['blanks that make a value too long', leadFile(leadLine({ lead_source: `web${' '.repeat(18)}` })), 2, 'lead_source', 'TOO_LONG', /expected at most 20 characters, got 21/],
  ['a text that is too long in characters', leadFile(leadLine({ country: '\u{1f9ca}'.repeat(101) })), 2, 'country', 'TOO_LONG', /expected at most 100 characters, got 101: "\u{1f9ca}{60}…"/u],
  ['a legacy id that no index holds', leadFile(leadLine({ legacy_id: 'i'.repeat(256) })), 2, 'legacy_id', 'TOO_LONG', /expected at most 255 characters/],
  ['a word for a whole number', leadFile(leadLine({ lead_score: 'high' })), 2, 'lead_score', 'NOT_AN_INTEGER', /expected a whole number from -2147483648 to 2147483647, got "high"/],
  ['a fraction for a whole number', leadFile(leadLine({ lead_score: '1.5' })), 2, 'lead_score', 'NOT_AN_INTEGER', /got "1.5"/],
  ['a whole number out of range', leadFile(leadLine({ lead_score: '2147483648' })), 2, 'lead_score', 'NOT_AN_INTEGER', /got "2147483648"/],
  ['a blank in a number', leadFile(leadLine({ lead_score: ' 7' })), 2, 'lead_score', 'NOT_AN_INTEGER', /got " 7"/],
  ['a number with a currency', leadFile(leadLine({ annual_revenue: '5 EUR' })), 2, 'annual_revenue', 'NOT_A_NUMBER', /expected a number with at most 16 digits before the point and 2 after it, such as 1234.5, got "5 EUR"/],
  ['a number that would be rounded', leadFile(leadLine({ annual_revenue: '0.005' })), 2, 'annual_revenue', 'NOT_A_NUMBER', /got "0.005"/],
  ['a number that is too large', leadFile(leadLine({ annual_revenue: '12345678901234567' })), 2, 'annual_revenue', 'NOT_A_NUMBER', /got "12345678901234567"/],
  ['NaN', leadFile(leadLine({ annual_revenue: 'NaN' })), 2, 'annual_revenue', 'NOT_A_NUMBER', /got "NaN"/],
  ['a date in words', leadFile(leadLine({ created_at: 'yesterday' })), 2, 'created_at', 'NOT_A_TIMESTAMP', /expected a date and time with a time zone, such as 2026-11-22T12:00:00Z, got "yesterday"/],
  ['a time without a zone', leadFile(leadLine({ created_at: '2020-01-02T03:04:05' })), 2, 'created_at', 'NOT_A_TIMESTAMP', /time zone/],
  ['the 30th of February', leadFile(leadLine({ created_at: '2020-02-30T03:04:05Z' })), 2, 'created_at', 'NOT_A_TIMESTAMP', /got "2020-02-30T03:04:05Z"/],
  ['a day first', leadFile(leadLine({ created_at: '31/12/2020 03:04:05Z' })), 2, 'created_at', 'NOT_A_TIMESTAMP', /got/],
  ['a NUL character', leadFile(leadLine({ company: 'Moe\0Ltd' })), 2, 'company', 'NUL_CHARACTER', /a NUL character in "Moe\\u\{0000\}Ltd"/],
  ['an empty required cell', leadFile(leadLine({ first_name: '' })), 2, 'first_name', 'EMPTY_CELL', /expected a value, got an empty cell/],
  ['an empty tenant', leadFile(leadLine({ tenant: '' })), 2, 'tenant', 'EMPTY_CELL', /expected a value/],
  ['an empty legacy id', leadFile(leadLine({ legacy_id: '' })), 2, 'legacy_id', 'EMPTY_CELL', /expected a value/],
  ['a tenant that is no slug', leadFile(leadLine({ tenant: 'North Pole' })), 2, 'tenant', 'INVALID_SLUG', /expected a tenant's slug.*, got "North Pole"/],
  ['a tenant that ends in a hyphen', leadFile(leadLine({ tenant: 'north-' })), 2, 'tenant', 'INVALID_SLUG', /got "north-"/],
  ['a tenant whose slug is too long', leadFile(leadLine({ tenant: 'n'.repeat(64) })), 2, 'tenant', 'INVALID_SLUG', /got "n{60}…"/],
  ['a quote in the middle of a cell', leadFile(good, leadLine({ legacy_id: '2', company: 'Moe "M" Ltd' })), 3, null, 'BROKEN_QUOTE', /expected a quote only at the start of a cell/],
  ['something after a closing quote', leadFile(good, leadLine({ legacy_id: '2', company: '"Moe" Ltd' })), 3, null, 'BROKEN_QUOTE', /expected a comma or the end of the line after a closing quote/],
  ['a quote that is never closed', leadFile(good, leadLine({ legacy_id: '2', company: '"Moe Ltd' }), leadLine({ legacy_id: '3' })), 3, null, 'BROKEN_QUOTE', /to be closed, got the end of the file/],
  ['a quote that swallows a large file', leadFile(leadLine({ company: '"Moe' }), 'y'.repeat(1_100_000)), 2, null, 'RECORD_TOO_LONG', /at most 1048576 bytes/],
  ['the same legacy id twice', leadFile(good, leadLine({ legacy_id: '2' }), good), 4, 'legacy_id', 'DUPLICATE_ROW', /expected a legacy_id once per tenant, got the same as in line 2/],
];

test.each(CASES)('%s is refused, and the file with it', async (_, content, line, column, code, message) => {
  const { problems, total, message: said } = await refuse({ 'leads.csv': content });
  expect(problems).toContainEqual({ code, file: expect.stringMatching(/leads\.csv$/), line, column, message: expect.stringMatching(message) });
  expect(total).toBe(problems.length);
  expect(said).toContain(`leads.csv:${line}: `);
});

test.each([
  ['a lone byte of Latin-1', [0x63, 0x61, 0x66, 0xe9], String.raw`"caf\\xe9"`],
  ['a surrogate', [0xed, 0xa0, 0x80], String.raw`"\\xed\\xa0\\x80"`],
  ['an overlong form', [0xc0, 0xaf], String.raw`"\\xc0\\xaf"`],
  ['a cut sequence', [0x61, 0xe2, 0x82], String.raw`"a\\xe2\\x82"`],
])('%s is refused as invalid UTF-8, with its bytes', async (_, cell, shown) => {
  const [before, after] = leadLine({ legacy_id: '2', company: '@@' }).split('@@') as [string, string];
  const { problems } = await refuse({ 'leads.csv': bytes(leadFile(good), before, cell, after, '\n') });
  expect(problems).toEqual([{ code: 'INVALID_UTF8', file: expect.any(String), line: 3, column: 'company', message: expect.stringMatching(new RegExp(`expected UTF-8, got the bytes ${shown}`)) }]);
});

test('a replacement character that the file itself holds is no invalid UTF-8', async () => {
  expect((await database.importFiles({ 'leads.csv': leadFile(leadLine({ company: '\ufffd' })) })).files[0]).toMatchObject({ inserted: 1 });
});

test('a problem is found on the line where its record starts, after records of several lines', async () => {
  const multiLine = leadLine({ legacy_id: '2', company: '"Moe\r\n\r\nLtd\n"' });
  const { problems } = await refuse({ 'leads.csv': leadFile(good, '', multiLine, leadLine({ legacy_id: '3', job_title: '"a\nb"', lead_score: 'x' }), leadLine({ legacy_id: '4', lead_score: 'y' })).replaceAll(/(?<!\r)\n/g, '\r\n') });
  expect(problems.map(({ line, code }) => [line, code])).toEqual([
    [8, 'NOT_AN_INTEGER'],
    [10, 'NOT_AN_INTEGER'],
  ]);
});

test('every problem of a file is reported at once, by line: those of cells, and those that only the database can find', async () => {
  const { problems } = await refuse({
    'leads.csv': leadFile(good, leadLine({ legacy_id: '2', industry: long, lead_score: 'x' }), good, leadLine({ legacy_id: '4', tenant: 'A' }), leadLine({ legacy_id: '5', company: '"open' })),
  });
  expect(problems.map(({ line, column, code }) => [line, column, code])).toEqual([
    [3, 'industry', 'TOO_LONG'],
    [3, 'lead_score', 'NOT_AN_INTEGER'],
    [4, 'legacy_id', 'DUPLICATE_ROW'],
    [5, 'tenant', 'INVALID_SLUG'],
    [6, null, 'BROKEN_QUOTE'],
  ]);
});

test('of many problems the first hundred are listed, and the rest are counted', async () => {
  const lines = Array.from({ length: 250 }, (_, index) => leadLine({ legacy_id: '1', lead_score: index < 120 ? 'x' : '7' }));
  const error = await refuse({ 'leads.csv': leadFile(...lines) });
  expect(error.total).toBe(120 + 129);
  expect(error.problems).toHaveLength(100);
  expect(error.problems.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  expect(error.message).toContain('because of 249 problems:');
  expect(error.message).toMatch(/… and 149 more$/);
});

test('without --create-tenants the rows of an unknown tenant are refused', async () => {
  const { problems } = await refuse({ 'leads.csv': leadFile(good, leadLine({ tenant: 'south' })) }, { createTenants: false });
  expect(problems).toEqual(
    ['north', 'south'].map((slug, index) => ({ code: 'UNKNOWN_TENANT', file: expect.any(String), line: index + 2, column: 'tenant', message: expect.stringContaining(`got "${slug}"`) })),
  );
});

test("a reference to nothing is refused, and so is one to another tenant's record", async () => {
  await database.importFiles({ 'accounts.csv': `${ACCOUNT_HEADER}\nnorth,7,Moe Ltd,,,,,\n`, 'leads.csv': leadFile(leadLine({ tenant: 'south', legacy_id: '8' })) });
  const attempt = database.importFiles({ 'opportunities.csv': `${OPPORTUNITY_HEADER}\nnorth,1,7,Deal,,,\nsouth,1,7,Deal,,,\nnorth,2,,Deal,,,\n` });
  await expect(attempt).rejects.toMatchObject({
    problems: [
      { code: 'UNKNOWN_REFERENCE', line: 3, column: 'account_legacy_id', message: expect.stringContaining('in the table account, got "7"') },
      { code: 'EMPTY_CELL', line: 4, column: 'account_legacy_id' },
    ],
  });
  await expect(database.importFiles({ 'tasks.csv': `${TASK_HEADER}\nnorth,1,Call,8,low,todo,custom,\n` })).rejects.toMatchObject({
    problems: [{ code: 'UNKNOWN_REFERENCE', line: 2, column: 'lead_legacy_id' }],
  });
  expect(await database.rows('SELECT count(*)::int FROM opportunity')).toEqual([{ count: 0 }]);
});
