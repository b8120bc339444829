import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bringUpDatabase, findDatabaseLack } from '../../src/crm/crm-database.ts';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { migrations } from '../../src/database/migrations/list.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

let database: TestDatabase;
let owner: OwnerDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
});
afterEach(async () => {
  await owner.close();
  await database.drop();
});

const newest = Object.keys(migrations).at(-1)!;
const up = (dryRun = false) => bringUpDatabase(owner, { dryRun });
const empty = () => owner.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
const readDefinition = async (name: string) =>
  (
    await owner.pool.query<{ definition: string }>(
      `SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END AS definition
      FROM pg_index WHERE indexrelid = to_regclass($1)`,
      [name],
    )
  ).rows[0]?.definition;

test('an empty database gets every migration and an index per order; a second run finds nothing to do', async () => {
  await empty();
  const { applied, builtIndexes, ...lack } = await up();
  expect(lack).toEqual({ pending: [], lackingIndexes: [] });
  expect(applied).toContain('0001-legacy-crm');
  expect(builtIndexes).toContain('lead_first_name_idx');
  for (const { table, orderable, column } of crmRecords) {
    for (const property of orderable)
      expect(await readDefinition(`${table}_${column(property).column}_idx`)).toMatch(/\(tenant_id, .+, id\)$/s);
  }
  expect(await up()).toEqual({ applied: [], builtIndexes: [], pending: [], lackingIndexes: [] });
});

test('a dry run tells what is lacking, as db status does, and changes nothing', async () => {
  await owner.pool.query(`DROP INDEX lead_country_idx; DELETE FROM migration WHERE name = '${newest}'`);
  const lack = { pending: [newest], lackingIndexes: ['lead_country_idx'] };
  expect(await up(true)).toEqual({ applied: [], builtIndexes: [], ...lack });
  expect(await findDatabaseLack(owner)).toEqual(lack);
  expect(await readDefinition('lead_country_idx')).toBeUndefined();
  await empty();
  expect(await up(true)).toMatchObject({ lackingIndexes: [], pending: expect.arrayContaining(['0001-legacy-crm']) });
});

test.each([
  ['is another one', 'DROP INDEX lead_country_idx; CREATE INDEX lead_country_idx ON lead (country)'],
  ['was never built to its end', `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lead_country_idx'::regclass`],
])('an index that %s is built again', async (_, damage) => {
  const definition = await readDefinition('lead_country_idx');
  await runAsSuperuser(database.superuserUrl, (client) => client.query(damage));
  expect(await readDefinition('lead_country_idx')).not.toBe(definition);
  expect((await up()).builtIndexes).toEqual(['lead_country_idx']);
  expect(await readDefinition('lead_country_idx')).toBe(definition);
});

test('two processes at once build each index once', async () => {
  await owner.pool.query('DROP INDEX lead_country_idx, account_country_idx');
  const other = openOwnerDatabase(database.ownerUrl);
  try {
    const results = await Promise.all([owner, other].map((each) => bringUpDatabase(each, { dryRun: false })));
    expect(results.flatMap(({ builtIndexes }) => builtIndexes).sort()).toEqual(['account_country_idx', 'lead_country_idx']);
  } finally {
    await other.close();
  }
});
