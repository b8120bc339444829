import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sql } from 'kysely';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { openReadSnapshot } from '../../src/tenancy/read-snapshot.ts';
import { waitUntil } from '../harness/wait-until.ts';
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

const STAMP = { text: 'SELECT $1::int', values: ['7'] };
const structure = () => 1;
const open = (settings: Readonly<Record<string, string | number>>, from = database) =>
  openReadSnapshot(from, { settings, stamp: STAMP }, structure);
const expectIdle = () =>
  waitUntil('all are given back', () => database.pool.idleCount === database.pool.totalCount && database.pool.waitingCount === 0);
/** Reads through a connection once it has prepared what a snapshot begins with, and once more after its transaction was left open. */
const warmUp = async (settings: Readonly<Record<string, string | number>>) => {
  for (let round = 0; round < 3; round++) {
    const snapshot = open(settings);
    await snapshot.read(sql`SELECT 1`);
    await snapshot.end();
  }
};

describe.each([
  ['the first time', () => Promise.resolve()],
  ['once what it begins with is prepared', warmUp],
])('%s,', (_, prepare) => {
  test('statements are answered in their order, by one view of the database, with the settings', async () => {
    await prepare({ 'choices.tenant_id': 'other', statement_timeout: 99 });
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
    await expectIdle();
  });

  test('settings end with it', async () => {
    await prepare({ 'choices.tenant_id': 'other' });
    await prepare({ statement_timeout: 99 });
    const first = open({ 'choices.tenant_id': 'acme' });
    await first.read(sql`SELECT 1`);
    await first.end();
    const second = open({ statement_timeout: 1_000 });
    expect(await second.read(sql`SELECT current_setting('choices.tenant_id', true) AS tenant`)).toEqual([{ tenant: '' }]);
    await second.end();
  });

  test('where settings are refused nothing is read, and the connection is given back as it was', async () => {
    await prepare({ role: 'none' });
    const snapshot = open({ role: 'nobody_at_all' });
    await expect(snapshot.read(sql`SELECT 1 AS one`)).rejects.toMatchObject({ code: expect.stringMatching(/^(22023|25P02)$/) as unknown });
    await snapshot.end();
    await expectIdle();
    expect((await database.pool.query('SELECT current_user')).rows).toHaveLength(1);
  });

  test('a statement that fails takes those after it along, and the connection is of use again', async () => {
    await prepare({});
    const snapshot = open({});
    const [first, second] = await Promise.allSettled([snapshot.read(sql`SELECT 1 / 0`), snapshot.read(sql`SELECT 1`)]);
    expect([first, second]).toMatchObject([{ reason: { code: '22012' } }, { reason: { code: '25P02' } }]);
    await snapshot.end();
    await expectIdle();
  });

  test('tells the stamp of what it sees once something was answered, whether anything was read or not', async () => {
    await prepare({});
    const snapshot = open({});
    expect(snapshot.stamp()).toBeUndefined();
    expect(await snapshot.begun).toBe(7);
    expect(snapshot.stamp()).toBe(7);
    await snapshot.end();
    const read = open({});
    await read.read(sql`SELECT 1`);
    expect(read.stamp()).toBe(7);
    await read.end();
    await expectIdle();
  });

  test('its stamp is of the same view of the database as what is read', async () => {
    await prepare({});
    await database.pool.query('CREATE TABLE IF NOT EXISTS counted (n int); TRUNCATE counted');
    const snapshot = openReadSnapshot(
      database,
      { settings: {}, stamp: { text: 'SELECT count(*)::int FROM counted', values: [] } },
      structure,
    );
    expect(await snapshot.begun).toBe(0);
    await database.pool.query('INSERT INTO counted VALUES (1)');
    expect(await snapshot.read(sql`SELECT count(*)::int AS n FROM counted`)).toEqual([{ n: 0 }]);
    await snapshot.end();
  });

  test('where its stamp cannot be told nothing is read', async () => {
    const snapshot = openReadSnapshot(database, { settings: {}, stamp: { text: 'SELECT stamp FROM nowhere', values: [] } }, structure);
    await expect(snapshot.read(sql`SELECT 1`)).rejects.toMatchObject({ code: expect.stringMatching(/^(42P01|25P02)$/) as unknown });
    await expect(snapshot.begun).rejects.toMatchObject({ code: '42P01' });
    await snapshot.end();
    await expectIdle();
  });
});

test('once what it begins with is prepared, all goes out as one message, with the end of the one before', async () => {
  await expectIdle();
  await warmUp({});
  const { client, isOpen } = await database.readConnections.take();
  const { connection } = client as unknown as { connection: { sync: () => void; query: () => void } };
  const [synchronized, queried] = [jest.spyOn(connection, 'sync'), jest.spyOn(connection, 'query')];
  database.readConnections.giveBack(client);
  const snapshot = open({});
  expect(await snapshot.read(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  expect([isOpen, synchronized.mock.calls.length, queried.mock.calls.length]).toEqual([true, 1, 0]);
  await snapshot.end();
});

test('what was read without them is thrown away, and so is the connection', async () => {
  const given: unknown[] = [];
  const client = {
    query: ({ text }: { text: string }) =>
      text.startsWith('BEGIN') ? Promise.reject(new Error('canceled')) : Promise.resolve({ rows: [{ of: 'somebody else' }] }),
  };
  const readConnections = {
    take: () => Promise.resolve({ client, isOpen: false }),
    giveBack: (_: unknown, options: unknown) => void given.push(options),
  } as unknown as ApiDatabase['readConnections'];
  const snapshot = open({}, { ...database, readConnections });
  await expect(snapshot.read(sql`SELECT 1`)).rejects.toThrow('canceled');
  await snapshot.end();
  expect(given).toEqual([{ broken: true }]);
});

test('ends after what is still being read, and where no connection was to be had', async () => {
  const snapshot = open({});
  const reading = snapshot.read(sql`SELECT 1 AS one`);
  await snapshot.end();
  expect(await reading).toEqual([{ one: 1 }]);

  const readConnections = {
    take: () => Promise.reject(new Error('timeout exceeded when trying to connect')),
  } as unknown as ApiDatabase['readConnections'];
  const none = open({}, { ...database, readConnections });
  await expect(none.read(sql`SELECT 1`)).rejects.toThrow('timeout exceeded');
  await none.end();
});
