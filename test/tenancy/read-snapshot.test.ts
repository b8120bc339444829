import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { crmRecords } from '../../src/crm/crm-schema.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { openReadSnapshot } from '../../src/tenancy/read-snapshot.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

let server: TestDatabase;
let database: ApiDatabase;
beforeAll(async () => {
  server = await createTestDatabase();
  database = await openApiDatabase(
    server.ownerUrl,
    crmRecords.map((record) => record.entity),
  );
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const STAMP = 'SELECT 7 AS stamp';
const structure = () => 1;
const open = (settings: Readonly<Record<string, string | number>>, pool = database.pool) =>
  openReadSnapshot({ ...database, pool }, settings, STAMP, structure);
const idle = () => database.pool.idleCount === database.pool.totalCount && database.pool.waitingCount === 0;

test('statements are answered in their order, by one view of the database, with the settings', async () => {
  const snapshot = open({ 'choices.tenant_id': "it's", statement_timeout: 1_234 });
  const answers = await Promise.all([
    snapshot.read(sql`SELECT current_setting('choices.tenant_id') AS tenant, current_setting('statement_timeout') AS timeout`),
    snapshot.read(sql`SELECT ${'b'}::text AS second, current_setting('transaction_isolation') AS isolation`),
    snapshot.read(sql`SELECT current_setting('transaction_read_only') AS read_only`),
  ]);
  expect(answers.flat()).toEqual([
    { tenant: "it's", timeout: '1234ms' },
    { second: 'b', isolation: 'repeatable read' },
    { read_only: 'on' },
  ]);
  await snapshot.end();
  expect(idle()).toBe(true);
});

test('settings end with it', async () => {
  const first = open({ 'choices.tenant_id': 'acme' });
  await first.read(sql`SELECT 1`);
  await first.end();
  const second = open({ statement_timeout: 1_000 });
  expect(await second.read(sql`SELECT current_setting('choices.tenant_id', true) AS tenant`)).toEqual([{ tenant: '' }]);
  await second.end();
});

test('where settings are refused nothing is read, and the connection is given back as it was', async () => {
  const snapshot = open({ role: 'nobody_at_all' });
  await expect(snapshot.read(sql`SELECT 1 AS one`)).rejects.toMatchObject({ code: expect.stringMatching(/^(22023|25P02)$/) as unknown });
  await snapshot.end();
  expect(idle()).toBe(true);
  expect((await database.pool.query('SELECT current_user')).rows).toHaveLength(1);
});

test('what was read without them is thrown away', async () => {
  const given: unknown[] = [];
  const client = {
    query: (statement: unknown) =>
      typeof statement === 'string' && statement.startsWith('BEGIN')
        ? Promise.reject(new Error('canceled'))
        : Promise.resolve({ rows: [{ of: 'somebody else' }] }),
    release: (error?: Error) => void given.push(error),
  };
  const pool = { connect: () => Promise.resolve(client) } as unknown as ApiDatabase['pool'];
  const snapshot = open({}, pool);
  await expect(snapshot.read(sql`SELECT 1`)).rejects.toThrow('canceled');
  await snapshot.end();
  expect(given).toEqual([undefined]);
});

test('a statement that fails takes those after it along, and the connection is of use again', async () => {
  const snapshot = open({});
  const [first, second] = await Promise.allSettled([snapshot.read(sql`SELECT 1 / 0`), snapshot.read(sql`SELECT 1`)]);
  expect([first, second]).toMatchObject([{ reason: { code: '22012' } }, { reason: { code: '25P02' } }]);
  await snapshot.end();
  expect(idle()).toBe(true);
});

test('ends after what is still being read, and where no connection was to be had', async () => {
  const snapshot = open({});
  const reading = snapshot.read(sql`SELECT 1 AS one`);
  await snapshot.end();
  expect(await reading).toEqual([{ one: 1 }]);

  const pool = { connect: () => Promise.reject(new Error('timeout exceeded when trying to connect')) } as unknown as ApiDatabase['pool'];
  const none = open({}, pool);
  await expect(none.read(sql`SELECT 1`)).rejects.toThrow('timeout exceeded');
  await none.end();
});

test('tells the stamp of what it sees once something was answered, whether anything was read or not', async () => {
  const snapshot = open({});
  expect(snapshot.stamp()).toBeUndefined();
  expect(await snapshot.begun).toBe(7);
  expect(snapshot.stamp()).toBe(7);
  await snapshot.end();
  const read = open({});
  await read.read(sql`SELECT 1`);
  expect(read.stamp()).toBe(7);
  await read.end();
  expect(idle()).toBe(true);
});

test('its stamp is of the same view of the database as what is read', async () => {
  await database.pool.query('CREATE TABLE counted (n int)');
  const snapshot = openReadSnapshot(database, {}, 'SELECT count(*)::int AS stamp FROM counted', structure);
  expect(await snapshot.begun).toBe(0);
  await database.pool.query('INSERT INTO counted VALUES (1)');
  expect(await snapshot.read(sql`SELECT count(*)::int AS n FROM counted`)).toEqual([{ n: 0 }]);
  await snapshot.end();
});

test('where its stamp cannot be told nothing is read', async () => {
  const snapshot = openReadSnapshot(database, {}, 'SELECT stamp FROM nowhere', structure);
  await expect(snapshot.read(sql`SELECT 1`)).rejects.toMatchObject({ code: expect.stringMatching(/^(42P01|25P02)$/) as unknown });
  await expect(snapshot.begun).rejects.toMatchObject({ code: '42P01' });
  await snapshot.end();
  expect(idle()).toBe(true);
});
