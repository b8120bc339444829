import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { legacyExpression } from '../../../src/choice/derive/legacy-value.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { importLegacyExport } from '../../../src/crm/import/import-legacy-export.ts';
import { dropLegacyColumns } from '../../harness/drop-legacy-columns.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { makeLegacyExport } from '../../harness/legacy-export.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { ACCOUNT_HEADER, leadFile, leadLine, writeExport } from './export-files.ts';

const { fields } = choiceRegistry;
let withColumns: TestCrm;
let without: TestCrm;

beforeAll(async () => {
  withColumns = await createTestCrm({ phase: 'populated' });
  without = await createTestCrm({ phase: 'populated' });
  await dropLegacyColumns(without);
});
afterAll(() => Promise.all([withColumns.close(), without.close()]));

async function importInto(crm: TestCrm, files: Readonly<Record<string, string>>) {
  const { folder, remove } = await writeExport(files);
  try {
    return await importLegacyExport(crm.owner, choiceRegistry, [folder], { ...crm.run, createTenants: true });
  } finally {
    await remove();
  }
}

/** Every record’s string and the key of its ref. */
async function readStrings(crm: TestCrm, field: ChoiceField) {
  const storage = crm === without ? 'archive' : 'column';
  const { rows } = await crm.owner.pool.query<{ slug: string; legacy_id: string; string: string | null; key: string | null }>(
    `SELECT tenant.slug, record.legacy_id, ${legacyExpression(field, storage)} AS string, choice.key
     FROM ${field.table} AS record JOIN tenant ON tenant.id = record.tenant_id
     LEFT JOIN ${field.type.table} AS choice ON choice.tenant_id = record.tenant_id AND choice.id = record.${field.refColumn}
     ORDER BY tenant.slug, record.id`,
  );
  return rows;
}

const toCsv = (rows: readonly Readonly<Record<string, string>>[]) =>
  [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))]
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`)
    .join('');

describe('an export with every mess that columns hold', () => {
  beforeAll(async () => {
    for (const crm of [withColumns, without]) {
      for (const type of choiceRegistry.types)
        await crm.owner.pool.query(
          `INSERT INTO ${type.aliasTable} (tenant_id, legacy_value, choice_id)
           SELECT tenant_id, 'telecom', id FROM ${type.table} AS choice WHERE position = 2 ON CONFLICT DO NOTHING`,
        );
      const exported = makeLegacyExport(60);
      await importInto(crm, Object.fromEntries(Object.entries(exported).map(([name, rows]) => [`${name}.csv`, toCsv(rows)])));
    }
  });

  test.each(fields.map((field) => [field.coordinate, field] as const))(
    'gives the same strings and refs of %s without its column',
    async (_, field) => {
      const expected = await readStrings(withColumns, field);
      expect(await readStrings(without, field)).toEqual(expected);
      // Aliased, unmapped, empty and mapped ones are all among them.
      expect(expected.some(({ string, key }) => key !== null && string !== key)).toBe(true);
      expect(expected.some(({ string, key }) => key === null && string !== '')).toBe(true);
      expect(expected.some(({ string }) => string === '')).toBe(true);
      expect(expected.some(({ string, key }) => key !== null && string === key)).toBe(true);
    },
  );

  test('archives the strings that key and blank do not restore, and no others', async () => {
    for (const field of fields) {
      const { rows } = await without.owner.pool.query<{ legacy_value: string; key: string | null }>(
        `SELECT archive.legacy_value, choice.key FROM choice_archive AS archive
         LEFT JOIN ${field.type.table} AS choice ON choice.tenant_id = archive.tenant_id AND choice.id = archive.ref WHERE field = $1`,
        [field.coordinate],
      );
      const needed = (await readStrings(withColumns, field)).filter(
        ({ string, key }) => string !== (key ?? (field.required || field.default === '' ? '' : null)),
      );
      expect(rows.map(({ legacy_value: value }) => value).toSorted()).toEqual(needed.map(({ string }) => string).toSorted());
    }
  });

  test('imported again, changes nothing', async () => {
    const hash = async () =>
      (
        await without.owner.pool.query(
          `SELECT (SELECT md5(string_agg(lead.*::text || xmin, '' ORDER BY id)) FROM lead), (SELECT md5(string_agg(archive.*::text || xmin, '' ORDER BY record_id, field)) FROM choice_archive AS archive)`,
        )
      ).rows[0];
    const before = await hash();
    const exported = makeLegacyExport(60);
    const result = await importInto(without, { 'leads.csv': toCsv(exported.leads) });
    expect(result.files[0]).toMatchObject({ inserted: 0, existing: 120 });
    expect(await hash()).toEqual(before);
  });
});

test('a file without the columns leaves the defaults, as with them', async () => {
  const header = 'tenant,legacy_id,first_name,last_name,email,company,industry,lead_source';
  const accounts = `${ACCOUNT_HEADER.replace(',industry,tier', '')}\nsouth,1,Sur SA,,,2019-01-02T00:00:00Z\n`;
  for (const crm of [withColumns, without])
    await importInto(crm, { 'leads.csv': `${header}\nsouth,1,Ada,Moe,ada@example.com,Moe Ltd,Mining,\n`, 'accounts.csv': accounts });
  for (const field of choiceRegistry.fieldsOf('Lead').concat(choiceRegistry.fieldsOf('Account'))) {
    const south = (rows: Awaited<ReturnType<typeof readStrings>>) => rows.filter(({ slug }) => slug === 'south');
    const [expected, got] = [south(await readStrings(withColumns, field)), south(await readStrings(without, field))];
    expect(got).toEqual(expected);
    expect(got).toHaveLength(1);
  }
});

test('a string that the column would not have held is refused in the same words', async () => {
  const tooLong = leadFile(leadLine({ tenant: 'acme', legacy_id: 'long', lead_source: 'x'.repeat(21) }));
  const refusals = await Promise.all(
    [withColumns, without].map((crm) =>
      importInto(crm, { 'leads.csv': tooLong }).then(String, (error: Error) => error.message.replace(/\/\S*\//g, '')),
    ),
  );
  expect(refusals[0]).toContain('lead_source: expected at most 20 characters, got 21');
  expect(refusals[1]).toBe(refusals[0]);
});

test('a header is matched in the same words, whether the columns are there or not', async () => {
  const refusals = await Promise.all(
    [withColumns, without].map((crm) =>
      importInto(crm, { 'leads.csv': 'tenant,legacy_id,first_name,nonsense\n' }).then(String, (error: Error) =>
        error.message.replace(/\/\S*\//g, '').replace(/out of .*, got/, 'out of …, got'),
      ),
    ),
  );
  expect(refusals[0]).toMatch(/industry: expected this column/);
  expect(refusals[1]).toBe(refusals[0]);
});

test('columns that go between the header and the rows are missed by nobody', async () => {
  const blocker = await withColumns.owner.pool.connect();
  try {
    await blocker.query(`SELECT pg_advisory_lock(hashtext('choices import'))`);
    const importing = importInto(withColumns, {
      'leads.csv': leadFile(leadLine({ tenant: 'west', industry: 'Mining', lead_source: 'telecom' })),
    });
    await waitUntil('the import has read its file', async () => {
      const { rows } = await withColumns.owner.pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
      return rows.length === 1;
    });
    await dropLegacyColumns(withColumns);
    await blocker.query(`SELECT pg_advisory_unlock(hashtext('choices import'))`);
    expect((await importing).files[0]).toMatchObject({ inserted: 1 });
  } finally {
    blocker.release(true);
  }
  const { rows } = await withColumns.owner.pool.query(
    `SELECT ${legacyExpression(choiceRegistry.field('Lead.industry')!, 'archive')} AS industry, ${legacyExpression(choiceRegistry.field('Lead.leadSource')!, 'archive')} AS lead_source
     FROM lead AS record JOIN tenant ON tenant.id = tenant_id WHERE slug = 'west'`,
  );
  expect(rows).toEqual([{ industry: 'Mining', lead_source: 'telecom' }]);
});
