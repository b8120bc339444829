import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { crmRecords } from '../../src/crm/crm-records.ts';
import { ensureAppRole } from '../../src/database/app-role.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/database/api-database.ts';
import { openTenantSession, type TenantTransaction } from '../../src/tenancy/tenant-session.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { runAsSuperuser } from '../harness/superuser.ts';

let crm: TestCrm;
let database: ApiDatabase;
let role: string;
const written: number[] = [];

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy', tenants: ['acme'] });
  role = (await ensureAppRole(crm.owner, undefined)).name;
  database = await openApiDatabase(
    crm.database.ownerUrl,
    crmRecords.map((record) => record.entity),
  );
});
beforeEach(async () => {
  written.length = 0;
  await crm.owner.pool.query('DELETE FROM account');
});
afterAll(async () => {
  await database.close();
  const { superuserUrl } = crm.database;
  await crm.close();
  await runAsSuperuser(superuserUrl.replace(/\/[^/]*$/, '/postgres'), (client) => client.query(`DROP ROLE ${role}`));
});

const open = () =>
  openTenantSession(database, crm.tenant('acme').id, {
    role,
    selectStamp: () => ({ text: 'SELECT count(*)::int FROM account', values: [] }),
    structure: () => 1,
    onWrite: (milliseconds) => written.push(milliseconds),
  });
const insertAccount = ({ sql: db, tenantId }: TenantTransaction, name: string) =>
  sql`INSERT INTO account (tenant_id, name) VALUES (${tenantId}, ${name})`.execute(db);
const names = async () =>
  (await crm.owner.pool.query<{ name: string }>('SELECT name FROM account ORDER BY name')).rows.map(({ name }) => name);

test.each([
  ['a column', 'SELECT no_such_column FROM account'],
  ['a function', 'SELECT no_such_function()'],
])('a write that meets %s that is gone is run once more as a whole', async (_, statement) => {
  let runs = 0;
  const answer = await open().write(async (transaction) => {
    runs += 1;
    await insertAccount(transaction, `run ${runs}`);
    if (runs === 1) await sql.raw(statement).execute(transaction.sql);
    return runs;
  });
  expect(answer).toBe(2);
  expect(await names()).toEqual(['run 2']);
});

test('what is still gone the second time is an error, and nothing is written', async () => {
  let runs = 0;
  const writing = open().write(async (transaction) => {
    runs += 1;
    await insertAccount(transaction, 'never');
    await sql`SELECT no_such_column FROM account`.execute(transaction.sql);
  });
  await expect(writing).rejects.toMatchObject({ code: '42703' });
  expect(runs).toBe(2);
  expect(await names()).toEqual([]);
});

test('a write that fails otherwise is not run again', async () => {
  let runs = 0;
  const writing = open().write(async (transaction) => {
    runs += 1;
    await sql`SELECT 1 / 0`.execute(transaction.sql);
  });
  await expect(writing).rejects.toMatchObject({ code: '22012' });
  expect(runs).toBe(1);
});

test('each write that succeeds tells once how long it took; one that fails does not', async () => {
  const session = open();
  await session.write((transaction) => insertAccount(transaction, 'written'));
  await session.write(() => Promise.reject(new Error('refused'))).catch(() => undefined);
  let runs = 0;
  await session.write(async ({ sql: db }) => {
    runs += 1;
    if (runs === 1) await sql`SELECT no_such_function()`.execute(db);
  });
  expect(written).toHaveLength(2);
  expect(written.every((milliseconds) => milliseconds > 0)).toBe(true);
  await session.read(sql`SELECT 1`);
  expect(written).toHaveLength(2);
  await session.close();
});

test('a read after the refresh sees what was written meanwhile, and none before it', async () => {
  const session = open();
  const count = async () => (await session.read<{ count: number }>(sql`SELECT count(*)::int AS count FROM account`))[0]!.count;
  expect(await count()).toBe(0);
  await crm.owner.pool.query('INSERT INTO account (tenant_id, name) VALUES ($1, $2)', [crm.tenant('acme').id, 'meanwhile']);
  expect(await count()).toBe(0);
  await session.refresh();
  expect(await count()).toBe(1);
  await session.close();
});

test('the stamp is that of the snapshot, and a write or a refresh ends it', async () => {
  const session = open();
  expect(session.stamp()).toBeUndefined();
  expect(await session.readStamped(sql`SELECT 1 AS one`)).toEqual({ rows: [{ one: 1 }], stamp: 0 });
  await crm.owner.pool.query('INSERT INTO account (tenant_id, name) VALUES ($1, $2)', [crm.tenant('acme').id, 'meanwhile']);
  expect([session.stamp(), await session.begin()]).toEqual([0, 0]);
  await session.write((transaction) => insertAccount(transaction, 'own'));
  expect(session.stamp()).toBeUndefined();
  expect(await session.begin()).toBe(2);
  await session.refresh();
  expect(session.stamp()).toBeUndefined();
  await session.close();
  await expect(session.begin()).rejects.toThrow('has ended');
});
