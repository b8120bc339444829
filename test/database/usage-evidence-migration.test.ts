import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { migrateDatabase } from '../../src/database/migrate.ts';
import { migrations } from '../../src/database/migrations/list.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { connect } from '../choice/writers.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { waitUntil } from '../harness/wait-until.ts';

const NAME = '0006-usage-evidence';

let database: TestDatabase;
let owner: OwnerDatabase;
/** A database that has all migrations but this one and those after it, with a shape of before. */
beforeEach(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
  await owner.pool.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await migrateDatabase(owner, { dryRun: false });
  await owner.pool.query(`
    DROP TRIGGER keep_collector_end ON choice_process;
    DROP FUNCTION keep_collector_end;
    DROP TABLE usage_collector_end, usage_retention;
    ALTER TABLE usage_shape DROP COLUMN pinned;
    INSERT INTO usage_shape (id, version, operation, coordinates, defaulted) VALUES (sha256('a'), '2026-01', 'Old', '{Lead.id}', '{}');
    INSERT INTO usage_hour VALUES ('2026-01-01T00:00:00Z', sha256('a'), 'web', '', NULL, 3, '2026-01-01T00:10:00Z');`);
});
afterEach(async () => {
  await owner.close();
  await database.drop();
});

const migrate = () => sql.raw(migrations[NAME]!).execute(owner.sql);

test('what was recorded before stays where it is, and counts as not pinned', async () => {
  const readFiles = async () =>
    (
      await owner.pool.query(
        `SELECT relname, pg_relation_filenode(oid) AS file FROM pg_class WHERE relname LIKE 'usage_%' AND relkind = 'r' AND relname IN ('usage_shape', 'usage_hour', 'usage_collector') ORDER BY 1`,
      )
    ).rows;
  const before = await readFiles();
  expect(before).toHaveLength(3);
  await migrate();
  expect(await readFiles()).toEqual(before);
  expect((await owner.pool.query('SELECT operation, pinned FROM usage_shape')).rows).toEqual([{ operation: 'Old', pinned: false }]);
  expect((await owner.pool.query('SELECT kept_since FROM usage_retention')).rows).toEqual([{ kept_since: null }]);
});

test('while somebody reads for long it waits, and lets servers store and give signs of life meanwhile', async () => {
  const reader = await connect(database.ownerUrl);
  const server = await connect(database.ownerUrl, `SET lock_timeout = '20s'`);
  try {
    await reader.query('BEGIN; SELECT FROM usage_shape');
    const migrated = owner.sql.transaction().execute((transaction) => sql.raw(migrations[NAME]!).execute(transaction));
    await waitUntil('the migration waits for the reader', async () => {
      const { rows } = await server.query(
        `SELECT FROM pg_locks WHERE relation = 'usage_shape'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted`,
      );
      return rows.length > 0;
    });
    await server.query(`BEGIN;
      UPDATE choice_process SET seen_at = now();
      UPDATE usage_collector SET seen_at = now();
      INSERT INTO usage_shape (id, version, operation, coordinates, defaulted) VALUES (sha256('b'), '2026-01', 'New', '{}', '{}');
      COMMIT`);
    await reader.query('COMMIT');
    await migrated;
  } finally {
    await Promise.all([reader.end(), server.end()]);
  }
  expect((await owner.pool.query('SELECT operation, pinned FROM usage_shape ORDER BY 1')).rows).toEqual([
    { operation: 'New', pinned: false },
    { operation: 'Old', pinned: false },
  ]);
  // What comes after it in the same transaction waits as before.
  expect((await owner.pool.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
});
