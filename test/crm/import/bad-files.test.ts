import { expect, test } from '@jest/globals';
import { ImportError } from '../../../src/crm/import/import-error.ts';
import { OperationError } from '../../../src/errors.ts';
import { ACCOUNT_HEADER, leadFile, leadLine, OPPORTUNITY_HEADER, TASK_HEADER } from './export-files.ts';
import { BAD_LEAD_FILES } from './bad-lead-files.ts';
import { useImportDatabase } from './import-database.ts';

const database = useImportDatabase();

async function refuse(files: Readonly<Record<string, string | Buffer>>, options: { createTenants?: boolean } = {}): Promise<ImportError> {
  const error: unknown = await database.importFiles(files, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImportError);
  expect(error).toBeInstanceOf(OperationError);
  expect(await database.rows('SELECT (SELECT count(*)::int FROM lead) AS leads, (SELECT count(*)::int FROM tenant) AS tenants')).toEqual([
    { leads: 0, tenants: 0 },
  ]);
  return error as ImportError;
}

function bytes(...parts: readonly (string | readonly number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([...part]))));
}

const good = leadLine({});
test.each(BAD_LEAD_FILES)('%s is refused, and the file with it', async (_, content, line, column, code, message) => {
  const {
    data: { problems, total },
    message: said,
  } = await refuse({ 'leads.csv': content });
  expect(problems).toContainEqual({
    code,
    file: expect.stringMatching(/leads\.csv$/),
    line,
    column,
    message: expect.stringMatching(message),
  });
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
  const { problems } = (await refuse({ 'leads.csv': bytes(leadFile(good), before, cell, after, '\n') })).data;
  expect(problems).toEqual([
    {
      code: 'INVALID_UTF8',
      file: expect.any(String),
      line: 3,
      column: 'company',
      message: expect.stringMatching(new RegExp(`expected UTF-8, got the bytes ${shown}`)),
    },
  ]);
});

test('a replacement character that the file itself holds is no invalid UTF-8', async () => {
  expect((await database.importFiles({ 'leads.csv': leadFile(leadLine({ company: '\ufffd' })) })).files[0]).toMatchObject({ inserted: 1 });
});

test('a problem is found on the line where its record starts, after records of several lines', async () => {
  const multiLine = leadLine({ legacy_id: '2', company: '"Moe\r\n\r\nLtd\n"' });
  const { problems } = (
    await refuse({
      'leads.csv': leadFile(
        good,
        '',
        multiLine,
        leadLine({ legacy_id: '3', job_title: '"a\nb"', lead_score: 'x' }),
        leadLine({ legacy_id: '4', lead_score: 'y' }),
      ).replaceAll(/(?<!\r)\n/g, '\r\n'),
    })
  ).data;
  expect(problems.map(({ line, code }) => [line, code])).toEqual([
    [8, 'NOT_AN_INTEGER'],
    [10, 'NOT_AN_INTEGER'],
  ]);
});

test('every problem of a file is reported at once, by line: those of cells, and those that only the database can find', async () => {
  const { problems } = (
    await refuse({
      'leads.csv': leadFile(
        good,
        leadLine({ legacy_id: '2', industry: 'x'.repeat(51), lead_score: 'x' }),
        good,
        leadLine({ legacy_id: '4', tenant: 'A' }),
        leadLine({ legacy_id: '5', company: '"open' }),
      ),
    })
  ).data;
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
  expect(error.data.total).toBe(120 + 129);
  expect(error.data.problems).toHaveLength(100);
  expect(error.data.problems.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
  expect(error.message).toContain('because of 249 problems:');
  expect(error.message).toMatch(/… and 149 more$/);
});

test('without --create-tenants the rows of an unknown tenant are refused', async () => {
  const { problems } = (await refuse({ 'leads.csv': leadFile(good, leadLine({ tenant: 'south' })) }, { createTenants: false })).data;
  expect(problems).toEqual(
    ['north', 'south'].map((slug, index) => ({
      code: 'UNKNOWN_TENANT',
      file: expect.any(String),
      line: index + 2,
      column: 'tenant',
      message: expect.stringContaining(`got "${slug}"`),
    })),
  );
});

test("a reference to nothing is refused, and so is one to another tenant's record", async () => {
  await database.importFiles({
    'accounts.csv': `${ACCOUNT_HEADER}\nnorth,7,Moe Ltd,,,,,\n`,
    'leads.csv': leadFile(leadLine({ tenant: 'south', legacy_id: '8' })),
  });
  const attempt = database.importFiles({
    'opportunities.csv': `${OPPORTUNITY_HEADER}\nnorth,1,7,Deal,,,\nsouth,1,7,Deal,,,\nnorth,2,,Deal,,,\n`,
  });
  await expect(attempt).rejects.toMatchObject({
    data: {
      problems: [
        {
          code: 'UNKNOWN_REFERENCE',
          line: 3,
          column: 'account_legacy_id',
          message: expect.stringContaining('in the table account, got "7"'),
        },
        { code: 'EMPTY_CELL', line: 4, column: 'account_legacy_id' },
      ],
    },
  });
  await expect(database.importFiles({ 'tasks.csv': `${TASK_HEADER}\nnorth,1,Call,8,low,todo,custom,\n` })).rejects.toMatchObject({
    data: { problems: [{ code: 'UNKNOWN_REFERENCE', line: 2, column: 'lead_legacy_id' }] },
  });
  expect(await database.rows('SELECT count(*)::int FROM opportunity')).toEqual([{ count: 0 }]);
});
