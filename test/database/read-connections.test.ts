import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { runAsSuperuser } from '../harness/superuser.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';
import { waitUntil } from '../harness/wait-until.ts';

let database: TestDatabase;
let owner: pg.Pool;
let api: ApiDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Pool({ connectionString: database.ownerUrl });
  await owner.query('CREATE TABLE written (n int)');
});
beforeEach(async () => {
  api = await openApiDatabase(
    database.ownerUrl,
    crmRecords.map((record) => record.entity),
  );
});
afterEach(() => api.close());
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const BEGIN = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('choices.tenant_id', 'acme', true), set_config('statement_timeout', '7s', true)`;

/** A connection in a transaction that reads, and the process that serves it. */
async function begin(): Promise<{ client: pg.PoolClient; pid: number }> {
  const client = await api.pool.connect();
  await client.query(BEGIN);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { client, pid: rows[0]!.pid };
}
const WHO = `SELECT pg_backend_pid() AS pid, current_setting('choices.tenant_id', true) AS tenant, current_setting('statement_timeout') AS timeout,
  current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only`;
/** Outside of any transaction; `tenant`: empty once somebody set one. */
const clean = (pid: number, tenant: string | null = '') => [{ pid, tenant, timeout: '0', isolation: 'read committed', read_only: 'off' }];
const stateOf = (pid: number) =>
  runAsSuperuser(database.superuserUrl, async (client) => {
    const { rows } = await client.query<{ state: string }>('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]);
    return rows[0]?.state;
  });

const free = () => waitUntil('it is given back', () => api.pool.idleCount === api.pool.totalCount);

test('the next one to read takes the connection with the transaction, and is told so', async () => {
  const { client, pid } = await begin();
  api.readConnections.giveBack(client);
  const taken = await api.readConnections.take();
  expect([taken.client === client, taken.isOpen]).toEqual([true, true]);
  expect(await stateOf(pid)).toBe('idle in transaction');
  api.readConnections.giveBack(client);
  await free();
  const again = await api.readConnections.take();
  expect([again.client === client, again.isOpen]).toEqual([true, false]);
  again.client.release();
});

test('the next transaction of MikroORM is another one, and writes', async () => {
  const { client, pid } = await begin();
  api.readConnections.giveBack(client);
  await free();
  const answers = await api.orm.em.fork().transactional(async (em) => {
    await em.execute('INSERT INTO written VALUES (1)');
    return em.execute(WHO);
  });
  expect(answers).toEqual(clean(pid));
  expect((await owner.query('SELECT n FROM written')).rows).toEqual([{ n: 1 }]);
});

test('whoever waits for a connection of the pool gets it at once, without a transaction', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, begin));
  const waiting = Promise.all([api.pool.query(WHO), api.pool.query(WHO)]);
  expect(api.pool.waitingCount).toBe(2);
  api.readConnections.giveBack(all[3]!.client);
  api.readConnections.giveBack(all[7]!.client);
  expect(api.pool.waitingCount).toBe(0);
  expect((await waiting).map(({ rows }) => rows)).toEqual([clean(all[3]!.pid), clean(all[7]!.pid)]);
  for (const each of all) if (each !== all[3] && each !== all[7]) api.readConnections.giveBack(each.client);
});

test('one of whose state nothing is known leaves the pool', async () => {
  const { client, pid } = await begin();
  api.readConnections.giveBack(client, { broken: true });
  await waitUntil('it is gone', async () => (await stateOf(pid)) === undefined);
  expect(api.pool.totalCount).toBe(0);
});

test('a transaction that failed is of no consequence', async () => {
  const { client, pid } = await begin();
  await expect(client.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
  api.readConnections.giveBack(client);
  await free();
  expect((await api.pool.query(WHO)).rows).toEqual(clean(pid));
});

test('ends by itself where nobody takes the connection', async () => {
  const { client, pid } = await begin();
  expect(await stateOf(pid)).toBe('idle in transaction');
  api.readConnections.giveBack(client);
  await waitUntil('it has ended', async () => (await stateOf(pid)) === 'idle');
  expect(api.pool.idleCount).toBe(1);
});

test('of a connection that is lost nothing remains, whether it was given back or not', async () => {
  const [given, lost] = [await begin(), await begin()];
  const terminate = (pid: number) =>
    runAsSuperuser(database.superuserUrl, (client) => client.query('SELECT pg_terminate_backend($1)', [pid]));
  api.readConnections.giveBack(given.client);
  await terminate(given.pid);
  await terminate(lost.pid);
  await waitUntil('both are gone', () => api.pool.totalCount === 0);
  api.readConnections.giveBack(lost.client);
  const { rows } = await api.pool.query<{ pid: number }>(WHO);
  expect(rows).toEqual(clean(rows[0]!.pid, null));
});

test('a pool is closed with one that has not ended', async () => {
  const { client, pid } = await begin();
  api.readConnections.giveBack(client);
  await api.close();
  await waitUntil('it is gone', async () => (await stateOf(pid)) === undefined);
});
