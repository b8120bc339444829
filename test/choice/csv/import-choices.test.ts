import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { insertRecord } from '../../crm/records.ts';
import { openStatementLog } from '../../harness/statement-log.ts';
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

const INDUSTRIES = `key,label,position,active,aliases,merged_into
tech,Technology,1,true,,
manufacturing,Manufacturing,2,true,,
finance,Finance,3,true,,
healthcare,Healthcare,4,true,,
retail,Retail,5,true,,
energy,Energy,6,true,,
education,Education,7,true,,
other,Other,8,true,,
`;

describe('an export', () => {
  test('has a row for each choice, with the columns of its type', async () => {
    expect(await sheets.export()).toBe(INDUSTRIES);
    expect(await sheets.export(typeOf('LeadStatus'))).toBe(`key,label,position,active,color,icon,is_qualified,is_closed,aliases,merged_into
new,New,1,true,,,false,false,,
contacted,Contacted,2,true,,,false,false,,
qualified,Qualified,3,true,,,true,false,,
unqualified,Unqualified,4,true,,,false,true,,
converted,Converted,5,true,,,true,true,,
`);
  });

  test('tells aliases and merges, the merged ones last, and nothing of deleted ones', async () => {
    const ids = sql`SELECT id FROM industry WHERE tenant_id = ${sheets.tenant.id} AND key =`;
    await sheets.import('key,label,aliases\ntech,Technology,"[""IT "",""Tech""]"\nspace,Space,\n');
    await sql`UPDATE industry SET merged_into_id = (${ids} 'tech') WHERE id = (${ids} 'manufacturing')`.execute(crm.owner.sql);
    await sql`UPDATE industry SET deleted_at = now() WHERE id = (${ids} 'space')`.execute(crm.owner.sql);
    const lines = (await sheets.export()).trimEnd().split('\n');
    expect([lines[1], lines.at(-1)]).toEqual(['tech,Technology,1,true,"[""IT "",""Tech""]",', 'manufacturing,Manufacturing,2,true,,tech']);
    expect(lines).toHaveLength(9);
  });
});

describe('an import', () => {
  test('of what was exported changes nothing and writes nothing', async () => {
    const before = await sheets.countChanges();
    expect(await sheets.import(await sheets.export())).toMatchObject({ created: 0, updated: 0, unchanged: 8 });
    expect(await sheets.countChanges()).toEqual(before);
  });

  test('of what is there already holds no choice: nobody who writes records waits for it', async () => {
    const log = openStatementLog(crm.database.ownerUrl);
    try {
      const own = await createSheets({ ...crm, owner: { ...crm.owner, sql: log.sql } }, 'acme');
      await own.import('key,aliases\ntech,"[""IT""]"\nretail,"[""Shops""]"\n');
      const csv = await own.export();
      const statements = await log.capture(() => own.import(csv));
      expect(statements.map(({ text }) => text).filter((text) => /FOR (NO KEY )?UPDATE|\b(INSERT|DELETE)\b/.test(text))).toEqual([]);
      expect(statements.length).toBeGreaterThan(2);
    } finally {
      await log.close();
    }
  });

  const edited = `key,label,active,position,aliases
retail,Shops,,1,"[""Retail"",""retail""]"
space,Space,,,"[""Raumfahrt""]"
moon,Moon,false,3,
energy,Energy,FALSE,,
`;
  const expected = {
    retail: ['update', 'label: Retail → Shops', 'position: 5 → 1', 'aliases: null → ["Retail"]'],
    space: [
      'create',
      'key: null → space',
      'label: null → Space',
      'position: null → 10',
      'active: null → true',
      'aliases: null → ["Raumfahrt"]',
    ],
    moon: ['create', 'key: null → moon', 'label: null → Moon', 'position: null → 3', 'active: null → false'],
    energy: ['update', 'position: 6 → 7', 'active: true → false'],
    tech: ['update', 'position: 1 → 2'],
    manufacturing: ['update', 'position: 2 → 4'],
    finance: ['update', 'position: 3 → 5'],
    healthcare: ['update', 'position: 4 → 6'],
    education: ['update', 'position: 7 → 8'],
    other: ['update', 'position: 8 → 9'],
  };

  test('does what the sheet says, in one group, and counts each choice once', async () => {
    const before = await sheets.countChanges();
    const result = await sheets.import(edited);
    expect(result).toMatchObject({ created: 2, updated: 2, unchanged: 0 });
    expect(result.rows.map(({ line }) => line)).toEqual([2, 3, 4, 5, null, null, null, null, null, null]);
    expect(Object.fromEntries(result.rows.map(({ key, action, changes }) => [key, [action, ...changes.map(show)]]))).toEqual(expected);
    expect(await sheets.export()).toBe(`key,label,position,active,aliases,merged_into
retail,Shops,1,true,"[""Retail""]",
tech,Technology,2,true,,
moon,Moon,3,false,,
manufacturing,Manufacturing,4,true,,
finance,Finance,5,true,,
healthcare,Healthcare,6,true,,
energy,Energy,7,false,,
education,Education,8,true,,
other,Other,9,true,,
space,Space,10,true,"[""Raumfahrt""]",
`);
    expect((await sheets.countChanges()).groups).toBe(before.groups + 1);
    const { rows } = await sql<{ key: string; version: number }>`
      SELECT key, version FROM industry WHERE tenant_id = ${sheets.tenant.id} AND key IN ('retail', 'moon', 'energy') ORDER BY key`.execute(
      crm.owner.sql,
    );
    expect(rows).toEqual([
      { key: 'energy', version: 2 },
      { key: 'moon', version: 1 },
      { key: 'retail', version: 2 },
    ]);
  });

  test('in a dry run says the same and writes nothing', async () => {
    const before = await sheets.countChanges();
    expect(await sheets.change(edited, { dryRun: true })).toEqual(expected);
    expect(await sheets.countChanges()).toEqual(before);
    expect(await sheets.export()).toBe(INDUSTRIES);
  });

  test('leaves alone what the sheet leaves out: choices, columns, aliases, empty cells', async () => {
    await sheets.import('key,aliases\ntech,"[""IT""]"\n');
    expect(await sheets.change('active,key,position,aliases\n,tech,,\nTRUE,retail,5,"[]"\n')).toEqual({});
    expect((await sheets.import('key\ntech\n')).rows).toEqual([{ line: 2, key: 'tech', action: 'unchanged', changes: [] }]);
    expect(await sheets.change('key,aliases\ntech,"[""EDV""]"\n')).toEqual({ tech: ['update', 'aliases: ["IT"] → ["EDV","IT"]'] });
  });

  test("writes a type's own columns, and an empty cell clears one", async () => {
    const type = typeOf('LeadSource');
    const sheet = 'key,label,color,icon,conversion_rate_target\nweb,Web Form,#123,globe,12.5\nfair,Fair,,,7\n';
    expect(await sheets.change(sheet, { type })).toMatchObject({
      web: ['update', 'color: null → #123', 'icon: null → globe', 'conversion_rate_target: null → 12.5'],
      fair: [
        'create',
        'key: null → fair',
        'label: null → Fair',
        'position: null → 6',
        'active: null → true',
        'conversion_rate_target: null → 7',
      ],
    });
    expect(await sheets.change('key,icon\nweb,\n', { type })).toEqual({ web: ['update', 'icon: globe → null'] });
    const status = 'key,label,is_closed\nlost,Lost,true\nopen,Open,\n';
    expect(await sheets.change(status, { type: typeOf('LeadStatus') })).toMatchObject({
      lost: expect.arrayContaining(['is_closed: null → true']) as never,
      open: expect.arrayContaining(['is_closed: null → false']) as never,
    });
  });

  test('gives a label to the next choice once the last one has given it away, whichever comes first', async () => {
    expect(await sheets.change('key,label\nspace,Tech\ntech,Finance\nfinance,Money\n')).toMatchObject({
      space: expect.arrayContaining(['label: null → Tech']) as never,
      tech: ['update', 'label: Technology → Finance'],
      finance: ['update', 'label: Finance → Money'],
    });
    const { data } = await sheets.refuse('key,label\ntech,Money\nfinance,Finance\n');
    expect(data.problems).toMatchObject([
      { line: 2, column: 'label', code: 'BAD_USER_INPUT' },
      { line: 3, column: 'label', code: 'BAD_USER_INPUT' },
    ]);
  });

  test('activates before it deactivates: a field that has to have a choice is never without one', async () => {
    const keys = INDUSTRIES.trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]!);
    const state = (active: string) => ['key,active', ...keys.map((key) => `${key},${key === active}`)].join('\n');
    await sheets.import(state('tech'));
    expect(await sheets.change(state('other'))).toEqual({
      tech: ['update', 'active: true → false'],
      other: ['update', 'active: false → true'],
    });
    const { data } = await sheets.refuse(state('nobody'));
    expect(data.problems).toMatchObject([{ line: 9, column: 'active', code: 'CHOICE_IN_USE', data: { requiredBy: ['Lead.industry'] } }]);
  });

  test('gives records their refs that carry the string of what is new, where refs are all that is read', async () => {
    const world = await createTestCrm({ phase: 'populated' });
    try {
      const own = await createSheets(world, 'acme');
      const { id } = own.tenant;
      const lead = (industry: string) => insertRecord(world, 'lead', { industry });
      await lead('Space');
      await lead('space');
      await world.migrate();
      await world.prefer();
      const sheet = 'key,label,aliases\nspace,Space,"[""Space""]"\n';
      const refs = async () =>
        (
          await sql`SELECT key FROM lead LEFT JOIN industry ON industry.id = industry_id WHERE lead.tenant_id = ${id}`.execute(
            world.owner.sql,
          )
        ).rows;
      expect(await own.import(sheet, { dryRun: true })).toMatchObject({ created: 1 });
      expect(await refs()).toEqual([{ key: null }, { key: null }]);
      expect(own.follows()).toBe(0);
      expect(await own.import(sheet)).toMatchObject({ created: 1 });
      expect(await refs()).toEqual([{ key: 'space' }, { key: 'space' }]);
    } finally {
      await world.close();
    }
  });

  test('reads what spreadsheets write: a byte order mark, CRLF, columns in another order', async () => {
    expect(await sheets.change('\ufefflabel,key\r\nIT,tech\r\n\r\n')).toEqual({ tech: ['update', 'label: Technology → IT'] });
  });
});

test('many choices are created by one sheet, in the order that it says', async () => {
  const sheet = ['key,label,position', ...Array.from({ length: 120 }, (_, at) => `k${at},Label ${at},${120 - at}`)].join('\n');
  expect(await sheets.import(sheet)).toMatchObject({ created: 120 });
  const exported = (await sheets.export()).split('\n');
  expect(exported).toHaveLength(130);
  expect(exported.slice(1, 3)).toEqual(['k119,Label 119,1,true,,', 'k118,Label 118,2,true,,']);
  expect(await sheets.import(sheet)).toMatchObject({ created: 0, updated: 0, unchanged: 120 });
});

function show({ column, before, after }: { column: string; before: string | null; after: string | null }): string {
  return `${column}: ${String(before)} → ${String(after)}`;
}
