import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { ACCOUNT_HEADER, LEAD_HEADER, leadFile, leadLine, OPPORTUNITY_HEADER, TASK_HEADER, writeExport } from './export-files.ts';
import { useImportDatabase } from './import-database.ts';

const database = useImportDatabase();
const OPTIONS = { dryRun: false, actor: 'test', onProgress: () => undefined };

/** One of each, with references, two tenants that use the same legacy ids, and CRLF as exports have it. */
const EXPORT = {
  'tasks.csv': [
    TASK_HEADER,
    'north,1,Call,1,low,todo,custom,2021-01-01T00:00:00Z',
    'south,1,"Write, then call",,high,done,call,2021-01-02T00:00:00Z',
    '',
  ].join('\r\n'),
  'accounts.csv': [
    ACCOUNT_HEADER,
    'north,1,Moe Ltd,,NO,tech,free,2019-01-01T00:00:00Z',
    'south,1,Sur SA,https://sur.example.com,CL,,pro,2019-01-02T00:00:00Z',
    '',
  ].join('\r\n'),
  'leads.csv': [
    LEAD_HEADER,
    leadLine({}),
    leadLine({ tenant: 'south', industry: 'Mining', marketing_channel: 'radio', lead_score: '' }),
    '',
  ].join('\r\n'),
  'opportunities.csv': [
    OPPORTUNITY_HEADER,
    'south,1,1,Deal,12.50,huge,2022-01-01T00:00:00Z',
    'north,1,1,Deal,,,2022-01-02T00:00:00+01:00',
    '',
  ].join('\r\n'),
};

test('a folder is imported in the order in which its files refer to each other, and its tenants are created', async () => {
  const result = await database.importFiles(EXPORT);

  expect(result.files.map(({ file, ...counts }) => [file.replace(/.*\//, ''), counts])).toEqual([
    ['accounts.csv', { rows: 2, inserted: 2, existing: 0 }],
    ['leads.csv', { rows: 2, inserted: 2, existing: 0 }],
    ['opportunities.csv', { rows: 2, inserted: 2, existing: 0 }],
    ['tasks.csv', { rows: 2, inserted: 2, existing: 0 }],
  ]);
  expect(result.tenantsCreated).toEqual(['north', 'south']);
  expect(await database.rows('SELECT slug, name FROM tenant ORDER BY slug')).toEqual([
    { slug: 'north', name: 'North' },
    { slug: 'south', name: 'South' },
  ]);
});

test('a reference goes to the record of the same tenant, and an empty one to none', async () => {
  await database.importFiles(EXPORT);
  expect(
    await database.rows(`
      SELECT tenant.slug, account.name, account.tenant_id = opportunity.tenant_id AS own
      FROM opportunity JOIN tenant ON tenant.id = opportunity.tenant_id JOIN account ON account.id = opportunity.account_id ORDER BY slug`),
  ).toEqual([
    { slug: 'north', name: 'Moe Ltd', own: true },
    { slug: 'south', name: 'Sur SA', own: true },
  ]);
  expect(
    await database.rows(`SELECT slug, title, lead_id IS NULL AS unset, (SELECT first_name FROM lead WHERE lead.id = lead_id AND lead.tenant_id = tenant.id)
                         FROM task JOIN tenant ON tenant.id = task.tenant_id ORDER BY slug`),
  ).toEqual([
    { slug: 'north', title: 'Call', unset: false, first_name: 'Ada' },
    { slug: 'south', title: 'Write, then call', unset: true, first_name: null },
  ]);
});

test("an empty choice is the empty string, an empty cell elsewhere is NULL or the column's default, and updated_at is created_at", async () => {
  await database.importFiles(EXPORT);
  expect(
    await database.rows(`SELECT phone, marketing_channel, lead_score, annual_revenue, lead.created_at, updated_at = lead.created_at AS untouched, version
                         FROM lead JOIN tenant ON tenant.id = tenant_id ORDER BY slug`),
  ).toEqual([
    {
      phone: null,
      marketing_channel: '',
      lead_score: 7,
      annual_revenue: null,
      created_at: new Date('2020-01-02T03:04:05Z'),
      untouched: true,
      version: 1,
    },
    {
      phone: null,
      marketing_channel: 'radio',
      lead_score: 0,
      annual_revenue: null,
      created_at: new Date('2020-01-02T03:04:05Z'),
      untouched: true,
      version: 1,
    },
  ]);
  expect(await database.rows(`SELECT industry FROM account WHERE name = 'Sur SA'`)).toEqual([{ industry: '' }]);
  expect(await database.rows('SELECT amount, deal_size_category, created_at FROM opportunity ORDER BY created_at')).toEqual([
    { amount: '12.50', deal_size_category: 'huge', created_at: new Date('2022-01-01T00:00:00Z') },
    { amount: null, deal_size_category: '', created_at: new Date('2022-01-01T23:00:00Z') },
  ]);
});

test('a column that a file leaves out takes its default, and created_at then is the time of the import for updated_at too', async () => {
  await database.importFiles({ 'tasks.csv': 'task_type,legacy_id,tenant,title\ncustom,1,north,Call\n' });
  expect(await database.rows('SELECT priority, status, lead_id, updated_at = created_at AS untouched FROM task')).toEqual([
    { priority: 'medium', status: 'todo', lead_id: null, untouched: true },
  ]);
});

test('ids sort as the file does', async () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => String((index * 7919) % 2_003));
  await database.importFiles({ 'leads.csv': leadFile(...ids.map((legacy_id) => leadLine({ legacy_id }))) });
  expect((await database.rows('SELECT legacy_id FROM lead ORDER BY id')).map((row) => row.legacy_id)).toEqual(ids);
});

test('every byte of a cell is kept: blanks, case, composed and decomposed letters, quotes, line ends, backslashes', async () => {
  const values = [
    'tech',
    'tech ',
    ' FINANCE',
    'tech\u00a0',
    'caf\u00e9',
    'cafe\u0301',
    'reta\u0131l',
    '\ufffd',
    '\ufeffx',
    '\\N',
    '\\',
    'a\\tb',
    'a\tb',
    'a\nb',
    'a\r\nb',
    'a\rb',
    'NULL',
    "o'x",
    '"',
    'a,b',
    '\u{1f9ca}',
    '%s $1',
  ];
  const quoted = values.map((value) => `"${value.replaceAll('"', '""')}"`);
  const lines = quoted.map((industry, index) => leadLine({ legacy_id: String(index), industry, job_title: industry }));
  await database.importFiles({ 'leads.csv': leadFile(...lines) });

  const stored = await database.rows('SELECT industry, job_title FROM lead ORDER BY id');
  const hash = (column: string) =>
    createHash('sha256')
      .update(stored.map((row) => row[column]).join('\u0001'))
      .digest('hex');
  const expected = createHash('sha256').update(values.join('\u0001')).digest('hex');
  expect(hash('industry')).toBe(expected);
  expect(hash('job_title')).toBe(expected);
  const [bytes] = await database.rows(
    `SELECT encode(convert_to(string_agg(industry, E'\\x01' ORDER BY id), 'UTF8'), 'hex') AS hex FROM lead`,
  );
  expect(bytes!.hex).toBe(Buffer.from(values.join('\u0001')).toString('hex'));
});

test.each([
  ['a byte order mark', (text: string) => `\ufeff${text}`],
  ['LF', (text: string) => text],
  ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
  ['no line end at the end', (text: string) => text.trimEnd()],
  ['lines without anything', (text: string) => `${text.replaceAll('\n', '\n\n')}\n`],
])('a file with %s is read alike', async (_, write) => {
  const text = leadFile(leadLine({}), leadLine({ legacy_id: '2', company: '"Two, Ltd"' }));
  const result = await database.importFiles({ 'leads.csv': write(text) });
  expect(result.files[0]).toMatchObject({ rows: 2, inserted: 2 });
  expect(await database.rows('SELECT company, created_at FROM lead ORDER BY id')).toEqual([
    { company: 'Moe Ltd', created_at: new Date('2020-01-02T03:04:05Z') },
    { company: 'Two, Ltd', created_at: new Date('2020-01-02T03:04:05Z') },
  ]);
});

test('a file with nothing but a header imports nothing', async () => {
  expect((await database.importFiles({ 'leads.csv': LEAD_HEADER })).files[0]).toMatchObject({ rows: 0, inserted: 0, existing: 0 });
});

test('a second import inserts nothing and leaves rows that were edited since as they are', async () => {
  const { folder, remove } = await writeExport(EXPORT);
  try {
    await database.importPaths([folder]);
    await database.owner.pool.query(`UPDATE lead SET industry = 'edited'`);
    const before = await database.rows('SELECT * FROM lead ORDER BY id');
    const again = await database.importPaths([folder]);
    expect(again.files.map(({ inserted, existing }) => ({ inserted, existing }))).toEqual(
      Array.from({ length: 4 }, () => ({ inserted: 0, existing: 2 })),
    );
    expect(again.tenantsCreated).toEqual([]);
    expect(await database.rows('SELECT * FROM lead ORDER BY id')).toEqual(before);
  } finally {
    await remove();
  }
});

test('rows that are new in a second export are added to those that are there', async () => {
  await database.importFiles({ 'leads.csv': leadFile(leadLine({})) });
  const result = await database.importFiles({ 'leads.csv': leadFile(leadLine({ first_name: 'Changed' }), leadLine({ legacy_id: '2' })) });
  expect(result.files[0]).toMatchObject({ rows: 2, inserted: 1, existing: 1 });
  expect(await database.rows('SELECT legacy_id, first_name FROM lead ORDER BY id')).toEqual([
    { legacy_id: '1', first_name: 'Ada' },
    { legacy_id: '2', first_name: 'Ada' },
  ]);
});

test('a dry run predicts every count, references to rows of the files before it included, and writes nothing', async () => {
  const { folder, remove } = await writeExport(EXPORT);
  try {
    await database.importFiles({ 'accounts.csv': `${ACCOUNT_HEADER}\nnorth,1,Moe Ltd,,,,,\n` });
    const predicted = await database.importPaths([folder, join(folder, 'leads.csv')], { dryRun: true });
    expect(
      await database.rows(
        'SELECT (SELECT count(*)::int FROM tenant) AS tenants, (SELECT count(*)::int FROM lead) AS leads, (SELECT count(*)::int FROM account) AS accounts',
      ),
    ).toEqual([{ tenants: 1, leads: 0, accounts: 1 }]);
    expect(predicted.tenantsCreated).toEqual(['south']);
    expect(await database.importPaths([folder, join(folder, 'leads.csv')])).toEqual(predicted);
    expect(predicted.files.map(({ inserted, existing }) => [inserted, existing])).toEqual([
      [1, 1],
      [2, 0],
      [0, 2],
      [2, 0],
      [2, 0],
    ]);
  } finally {
    await remove();
  }
});

test('a dry run refuses what the import would refuse, in the same words', async () => {
  const bad = { 'leads.csv': leadFile(leadLine({}), leadLine({})), 'tasks.csv': `${TASK_HEADER}\nnorth,1,Call,404,low,todo,custom,\n` };
  const attempt = async (dryRun: boolean) => {
    const { folder, remove } = await writeExport(bad);
    return database
      .importPaths([folder], { dryRun })
      .then(String, (error: Error) => error.message.replaceAll(folder, ''))
      .finally(remove);
  };
  const predicted = await attempt(true);
  expect(predicted).toContain('/leads.csv:3: legacy_id');
  expect(await attempt(false)).toBe(predicted);
});

test('the last progress of a file is all of its rows', async () => {
  const last = new Map<string, unknown>();
  await database.importFiles(EXPORT, { onProgress: ({ step, field, done, total }) => last.set(`${step} ${field}`, [done, total]) });
  expect(Object.fromEntries(last)).toEqual({
    'import accounts.csv': [2, 2],
    'import leads.csv': [2, 2],
    'import opportunities.csv': [2, 2],
    'import tasks.csv': [2, 2],
  });
});

test('statistics are up to date after an import', async () => {
  await database.importFiles(EXPORT);
  expect(await database.rows(`SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'lead'::regclass`)).toEqual([{ rows: 2 }]);
});

test('once choices are populated, a tenant that an import creates is born with them, and its rows get their refs', async () => {
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
  await expandFields(database.owner.sql, scope, OPTIONS);
  await populateChoices(database.owner.sql, scope, OPTIONS);
  await database.importFiles(EXPORT);
  expect(
    await database.rows(
      `SELECT lead.industry, industry.key FROM lead LEFT JOIN industry ON (industry.tenant_id, industry.id) = (lead.tenant_id, industry_id) ORDER BY 1`,
    ),
  ).toEqual([
    { industry: 'Mining', key: null },
    { industry: 'tech', key: 'tech' },
  ]);
});
