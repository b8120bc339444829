import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { createSheets, type Sheets, typeOf } from './sheets.ts';

let crm: TestCrm;
let sheets: Sheets;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
});
beforeEach(async () => {
  sheets = await createSheets(crm);
});
afterAll(() => crm.close());

describe('a sheet is refused, with every problem in it', () => {
  test.each<[string, string | Buffer, string[]]>([
    ['an empty file', '', ['1: expected a header with at least key, got an empty file']],
    ['only a byte order mark', '\ufeff', ['1: expected a header with at least key, got an empty file']],
    [
      'no header',
      'tech,Technology\n',
      [
        '1: tech: expected columns out of key, label, position, active, aliases, merged_into, got "tech"',
        '1: Technology: expected columns out of key, label, position, active, aliases, merged_into, got "Technology"',
        '1: key: expected this column, got none of that name',
      ],
    ],
    [
      'an unknown column',
      'key,colour\n',
      ['1: colour: expected columns out of key, label, position, active, aliases, merged_into, got "colour"'],
    ],
    ["another type's column", 'key,is_closed\n', [expect.stringMatching(/^1: is_closed: expected columns out of/) as never]],
    ['a column twice', 'key,label,label\n', ['1: label: expected each column once, got it again']],
    ['a cell too few', 'key,label\ntech\n', ['2: expected 2 cells, got 1']],
    ['invalid UTF-8', Buffer.from('key,label\ntech,caf\xe9\n', 'latin1'), [String.raw`2: label: expected UTF-8, got the bytes "caf\xe9"`]],
    ['a NUL', 'key,label\ntech,a\0b\n', [expect.stringMatching(/^2: label: expected text that PostgreSQL can hold, got a NUL/) as never]],
    ['a broken quote', 'key,label\ntech,"Tech\n', [expect.stringMatching(/^2: expected the quote/) as never]],
    ['a key twice', 'key\ntech\nretail\ntech\n', ['4: key: expected each key once, got "tech" as in line 2']],
    [
      'bad cells',
      'key,label,position,active,aliases\n,,x,maybe,IT\ntech,,,,\n',
      [
        '2: key: expected a value, got an empty cell',
        '2: label: expected a value, got an empty cell',
        '2: position: expected a whole number from -2147483648 to 2147483647, got "x"',
        '2: active: expected true or false, got "maybe"',
        String.raw`2: aliases: expected a JSON array of texts such as ["Tech ","IT"], got "IT"`,
        '3: label: expected a value, got an empty cell',
      ],
    ],
    [
      'keys that cannot be',
      'key,label\nNew One,x\n=1,y\n',
      [
        expect.stringMatching(/^2: key: expected a lower-case letter, .*, got "New One"$/) as never,
        expect.stringMatching(/^3: key: expected a lower-case letter, .*, got "=1"$/) as never,
      ],
    ],
    ['a new choice without a label', 'key\nspace\n', ['2: label: expected one that can be seen, got an empty one']],
    [
      'labels that are taken, or cannot be',
      'key,label\nspace,finance\ntech,a\u202eb\nretail,"a\nb"\n',
      [
        '2: label: "finance" has this label already',
        '3: label: U+202E is a character that it may not have',
        '4: label: U+000A is a character that it may not have',
      ],
    ],
    [
      'aliases that cannot be',
      `key,aliases\ntech,"[""finance""]"\nretail,"["""",""${'x'.repeat(51)}""]"\n`,
      [
        '2: aliases: "finance" is the key of a choice',
        '3: aliases: an empty one means "no choice" and cannot be mapped',
        '3: aliases: expected at most 50 characters, got 51',
      ],
    ],
    [
      'a merge',
      'key,label,merged_into\ntech,Technology,retail\nspace,Space,tech\n',
      [
        '2: merged_into: a merge is neither made nor undone here: expected ""',
        '3: merged_into: a merge is neither made nor undone here: expected ""',
      ],
    ],
  ])('%s', async (_, csv, expected) => {
    const { data, message, code } = await sheets.refuse(csv);
    const problems = data.problems as { line: number; column: string | null; message: string }[];
    expect(problems.map(({ line, column, message: why }) => `${line}: ${column === null ? '' : `${column}: `}${why}`)).toEqual(expected);
    expect(code).toBe('BAD_USER_INPUT');
    expect(data.total).toBe(expected.length);
    expect(message).toContain(`\n  industry.csv:${problems[0]!.line}: `);
  });

  test('what a choice may not have, by its code and with its data', async () => {
    const type = typeOf('TaskStatus');
    await sql`UPDATE task_status SET system = true WHERE tenant_id = ${sheets.tenant.id} AND key = 'completed'`.execute(crm.owner.sql);
    const sheet = `key,active,color\ncompleted,false,\ntodo,false,\noverdue,true,${'x'.repeat(21)}\n`;
    const { data } = await sheets.refuse(sheet, { type });
    expect(data.problems).toMatchObject([
      { line: 2, column: null, code: 'CHOICE_SYSTEM', data: { key: 'completed' } },
      { line: 3, column: 'active', code: 'CHOICE_IN_USE', data: { defaultOf: ['Task.status'], alternatives: ['replacementId'] } },
      { line: 4, column: 'color', code: 'BAD_USER_INPUT', message: 'expected at most 20 characters, got 21' },
    ]);
  });

  test('an edit of a merged choice, and of a key whose choice was deleted', async () => {
    await sheets.import('key,label\nspace,Space\n');
    const ids = sql`SELECT id FROM industry WHERE tenant_id = ${sheets.tenant.id} AND key =`;
    await sql`UPDATE industry SET merged_into_id = (${ids} 'tech') WHERE id = (${ids} 'retail')`.execute(crm.owner.sql);
    await sql`UPDATE industry SET deleted_at = now() WHERE id = (${ids} 'space')`.execute(crm.owner.sql);
    expect(await sheets.change('key,label,position,merged_into\nretail,Retail,5,tech\n')).toEqual({});
    const { data } = await sheets.refuse('key,label,active\nretail,Shops,true\nspace,Space,\n');
    expect(data.problems).toMatchObject([
      { line: 2, column: 'label', code: 'MERGED', message: 'the choice was merged into "tech" and is not edited: undo the merge first' },
      { line: 3, column: 'key', code: 'BAD_USER_INPUT', data: { choice: { key: 'space' } } },
    ]);
    expect((await sheets.refuse('key,merged_into\nretail,\n')).data.problems).toMatchObject([
      { line: 2, column: 'merged_into', code: 'MERGED' },
    ]);
  });

  test('more choices than a tenant may have, and more rows than any list has', async () => {
    const sheet = (count: number) => ['key,label', ...Array.from({ length: count }, (_, at) => `k${at},Label ${at}`)].join('\n');
    const error = await sheets.refuse(sheet(993));
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', data: { limit: 1_000, present: 8, created: 993 } });
    expect((await sheets.refuse(sheet(10_001))).data.problems).toMatchObject([{ line: 10_002, code: 'TOO_MANY_ROWS' }]);
  });

  test('for a tenant that was not populated', async () => {
    const world = await createTestCrm({ phase: 'expanded' });
    try {
      const own = await createSheets(world, 'acme');
      expect(await own.export()).toBe('key,label,position,active,aliases,merged_into\n');
      expect(await own.refuse('key,label\nweb,Web\n')).toMatchObject({ code: 'CONFLICT' });
    } finally {
      await world.close();
    }
  });
});
