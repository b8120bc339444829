import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listPendingMigrations, migrateDatabase } from '../../src/database/migrate.ts';
import { migrations } from '../../src/database/migrations/list.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

let database: TestDatabase;
let owner: OwnerDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
  await owner.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
});
afterEach(async () => {
  await owner.close();
  await database.drop();
});

const names = Object.keys(migrations);
const listTables = async () =>
  (
    await owner.pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    )
  ).rows.map(({ name }) => name);

test('released migrations are what they were: databases have had them', () => {
  const hashes = names.map((name) => [name, createHash('sha256').update(migrations[name]!).digest('hex')]);
  expect(Object.fromEntries(hashes)).toMatchObject({
    '0001-legacy-crm': '91721bd1a382eb3d680f57c037eb7d4b9a37ec5c9e9089dbb23d96e291ddbf72',
    '0002-choice-engine': 'bff69c541b267af1c70d20e96384e8b3ab2630de0c9aa829c80250691d354429',
    '0003-choice-types': '78d95a9cff4c8dba17071dcf31638ab5d075665b481d383bfc56110edfbc8bdb',
  });
});

test('a dry run names what is pending and creates nothing', async () => {
  expect(await migrateDatabase(owner, { dryRun: true })).toEqual({ applied: [], pending: names });
  expect(await listTables()).toEqual([]);
});

test('a run applies all of them once', async () => {
  expect(await migrateDatabase(owner, { dryRun: false })).toEqual({ applied: names, pending: [] });
  expect(await listPendingMigrations(owner)).toEqual([]);
  expect(await migrateDatabase(owner, { dryRun: false })).toEqual({ applied: [], pending: [] });
});

test('two runs at once apply each of them once', async () => {
  const results = await Promise.all([1, 2].map(() => migrateDatabase(owner, { dryRun: false })));
  expect(results.flatMap(({ applied }) => applied).sort()).toEqual(names);
});

test('a migration that fails is named, and nothing of it is kept; those before it are', async () => {
  await owner.pool.query('CREATE TABLE industry ()');
  await expect(migrateDatabase(owner, { dryRun: false })).rejects.toMatchObject({
    name: 'OperationError',
    message: expect.stringMatching(/0003-choice-types failed and nothing of it was kept/),
  });
  expect(await listPendingMigrations(owner)).toEqual(names.slice(2));
  expect(await listTables()).toContain('lead');
  expect(await listTables()).not.toContain('lead_source');
  await owner.pool.query('DROP TABLE industry');
  expect(await migrateDatabase(owner, { dryRun: false })).toEqual({ applied: names.slice(2), pending: [] });
});

test('ids are of version 7 and sort in the order in which they were made', async () => {
  await migrateDatabase(owner, { dryRun: false });
  const { rows } = await owner.pool.query<{ id: string }>(`SELECT uuid_v7()::text AS id, pg_sleep(0.0001) FROM generate_series(1, 300)`);
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Math.abs(parseInt(ids[0]!.replaceAll('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(60_000);
});
