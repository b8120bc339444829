import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { waitUntil } from '../harness/wait-until.ts';

const POOL_SIZE = 10;
let database: TestDatabase;
let api: ApiDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  api = await openApiDatabase(
    database.ownerUrl,
    crmRecords.map((record) => record.entity),
  );
});
afterEach(() => api.close());
afterAll(() => database.drop());

const endBackends = () =>
  runAsSuperuser(database.superuserUrl, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dynamic-choices api' AND datname = current_database()`,
    ),
  );
const countConnections = () => api.pool.totalCount;
const select = () => api.orm.em.fork().transactional((em) => em.execute('SELECT 1 AS one'));

test('connections that are lost in the middle of transactions leave the pool, which goes on and can be closed', async () => {
  const open = await Promise.all(
    Array.from({ length: POOL_SIZE }, async () => {
      const em = api.orm.em.fork();
      await em.begin();
      return em;
    }),
  );
  await endBackends();
  await waitUntil('all of them are gone', () => countConnections() === 0);
  const ends = await Promise.allSettled(open.map((em, index) => (index % 2 === 0 ? em.rollback() : em.commit())));
  expect(ends.map(({ status }) => status)).toEqual(open.map(() => 'rejected'));
  expect(await Promise.all(Array.from({ length: 2 * POOL_SIZE }, select))).toEqual(
    Array.from({ length: 2 * POOL_SIZE }, () => [{ one: 1 }]),
  );
});

test('a connection that is lost in the middle of a statement fails that statement, and no other', async () => {
  const running = api.orm.em.fork().transactional((em) => em.execute('SELECT pg_sleep(600)'));
  const failed = running.then(
    () => 'succeeded',
    () => 'failed',
  );
  await waitUntil('it runs', () =>
    runAsSuperuser(
      database.superuserUrl,
      async (client) => (await client.query(`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'`)).rowCount === 1,
    ),
  );
  await endBackends();
  expect(await failed).toBe('failed');
  expect(await select()).toEqual([{ one: 1 }]);
});

test('a connection that was given back and is lost while idle is replaced', async () => {
  await select();
  expect(countConnections()).toBe(1);
  await endBackends();
  await waitUntil('it is gone', () => countConnections() === 0);
  expect(await select()).toEqual([{ one: 1 }]);
});

test('what only its pool was used of is closed as a whole, and may be closed twice', async () => {
  (await api.pool.connect()).release();
  expect(countConnections()).toBe(1);
  await api.close();
  expect({ ended: api.pool.ended, connections: countConnections() }).toEqual({ ended: true, connections: 0 });
  await api.close();
});
