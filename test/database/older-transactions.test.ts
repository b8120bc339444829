import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { waitForOlderTransactions } from '../../src/database/older-transactions.ts';
import { connect } from '../choice/writers.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

let database: TestDatabase;
let owner: OwnerDatabase;
let session: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = openOwnerDatabase(database.ownerUrl);
  session = await connect(database.superuserUrl, `SET application_name = 'other'`);
});
afterAll(async () => {
  await session.end();
  await owner.close();
  await database.drop();
});

test.each(['SELECT 1', 'BEGIN; SELECT 1; COMMIT', 'BEGIN; SELECT 1; ROLLBACK'])(
  'a session after "%s" is not waited for',
  async (statement) => {
    await session.query(statement);
    expect(await waitForOlderTransactions(owner.sql, 0)).toEqual([]);
  },
);

test.each(['BEGIN', 'BEGIN; SELECT 1', 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1', 'BEGIN READ ONLY; SELECT 1'])(
  'a session after "%s" is named when the cap is over, be it another role’s',
  async (statement) => {
    await session.query(statement);
    expect(await waitForOlderTransactions(owner.sql, 0)).toEqual([{ pid: expect.any(Number), application: 'other' }]);
    await session.query('COMMIT');
  },
);

test('a transaction that ends is waited for, the next one of its session is not', async () => {
  await session.query('BEGIN');
  const looked = once(owner.pool, 'release');
  const waiting = waitForOlderTransactions(owner.sql, 30_000);
  await looked;
  await session.query('COMMIT; BEGIN');
  expect(await waiting).toEqual([]);
  await session.query('COMMIT');
});

test('a transaction in another database is not waited for', async () => {
  const other = await createTestDatabase();
  const stranger = await connect(other.ownerUrl, 'BEGIN', 'SELECT 1');
  expect(await waitForOlderTransactions(owner.sql, 0)).toEqual([]);
  await stranger.end();
  await other.drop();
});
