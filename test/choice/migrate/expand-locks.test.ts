import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { buildIndex, runConcurrentStatement, runUnderLocks } from '../../../src/database/online-ddl.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { runAsSuperuser } from '../../harness/superuser.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { createTestDatabase } from '../../harness/test-database.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
let client: pg.Client;
let idle: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'legacy' });
  client = await connect(crm.database.ownerUrl);
  idle = await connect(crm.database.ownerUrl, `SET application_name = 'forgotten'`);
});
afterEach(async () => {
  await idle.end();
  await client.end();
  await crm.close();
});

const expand = (lockCap?: number) =>
  expandFields(crm.owner.sql, { ...crm.scope, fields: [FIELD] }, { ...crm.run, ...(lockCap === undefined ? {} : { lockCap }) });

test('behind an idle transaction it gives up after the cap, names the session and changes nothing', async () => {
  await idle.query('BEGIN; SELECT FROM lead');
  await expect(expand(0)).rejects.toMatchObject({
    name: 'OperationError',
    message: expect.stringMatching(/^Gave up after 0 s: the table lead is locked by pid \d+ \(forgotten\)\. This step changed nothing/),
    // What lock_timeout raises.
    cause: { code: '55P03' },
  });
  const { rows } = await client.query(`SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry_id'`);
  expect(rows).toEqual([]);
});

test('a session that holds the same table of another database is not named', async () => {
  const other = await createTestDatabase();
  const stranger = await connect(other.ownerUrl, `SET application_name = 'stranger'`, 'BEGIN', 'SELECT FROM lead');
  await idle.query('BEGIN; SELECT FROM lead');
  await expect(expand(0)).rejects.toThrow(expect.objectContaining({ message: expect.not.stringContaining('stranger') }));
  await stranger.end();
  await other.drop();
});

test('it tries again, lets writers pass in between, and is done when the transaction ends', async () => {
  await idle.query('BEGIN; SELECT FROM lead');
  const expanding = expand();
  const [pid] = await waitUntilBlocked(client, idle);
  // Stands behind the waiting DDL, which gives way.
  await client.query(`UPDATE lead SET company = 'Example'`);
  const { rows } = await client.query(`SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry_id'`);
  expect([pid, rows]).toEqual([expect.any(Number), []]);
  await idle.query('COMMIT');
  expect(await expanding).toMatchObject({ fields: [{ changed: true }] });
});

test('work under locks waits 50 ms for the first table, for rows hardly at all, and for other tables not; other statements wait', async () => {
  const { sql: db } = crm.owner;
  await client.query(`CREATE TABLE seen (lock text, statement text)`);
  const look = `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout')`;
  await runUnderLocks(db, [{ table: 'lead', mode: 'ACCESS EXCLUSIVE' }], [look]);
  await runConcurrentStatement(db, look);
  const { rows } = await client.query('SELECT * FROM seen');
  expect(rows).toEqual([
    { lock: '10ms', statement: '0' },
    { lock: '0', statement: '1h' },
  ]);
  await idle.query('BEGIN; SELECT FROM industry');
  const both = () =>
    runUnderLocks(
      db,
      [
        { table: 'lead', mode: 'ACCESS EXCLUSIVE' },
        { table: 'industry', mode: 'ACCESS EXCLUSIVE' },
      ],
      [look],
      0,
    );
  await expect(both()).rejects.toThrow(/the table industry is locked by pid \d+ \(forgotten\)/);
  await idle.query('COMMIT');
  await both();
  expect((await client.query('SELECT FROM seen')).rowCount).toBe(3);
  const after = await crm.owner.pool.query(
    `SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement`,
  );
  expect(after.rows).toEqual([{ lock: '0', statement: '0' }]);
});

test('a row that somebody holds is waited for no longer than a table', async () => {
  await client.query(`INSERT INTO choice_field_state (field, phase) VALUES ('Lead.industry', 'expanded')`);
  await idle.query(`BEGIN; SELECT FROM choice_field_state FOR SHARE`);
  const update = ['UPDATE choice_field_state SET phase = phase'];
  await expect(runUnderLocks(crm.owner.sql, [{ table: 'lead', mode: 'ACCESS EXCLUSIVE' }], update, 0)).rejects.toMatchObject({
    name: 'OperationError',
    cause: { code: '55P03' },
  });
});

describe('an index', () => {
  const readIndex = async () => {
    const { rows } = await client.query<{ valid: boolean }>(
      `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('lead_industry_page_idx')`,
    );
    return rows;
  };
  beforeEach(async () => {
    await expand();
    await client.query('DROP INDEX lead_industry_page_idx');
  });

  test.each([
    ['somebody who wrote to the table', 'BEGIN; LOCK TABLE lead IN ROW EXCLUSIVE MODE'],
    ['somebody who holds a snapshot', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM tenant'],
  ])('is not begun before %s has ended: to give up leaves no invalid one behind', async (_, begin) => {
    await idle.query(begin);
    await expect(expand(0)).rejects.toThrow(/^Gave up after 0 s: the table lead is in use by pid \d+ \(forgotten\)/);
    expect(await readIndex()).toEqual([]);
    await idle.query('COMMIT');
    await expand();
    expect(await readIndex()).toEqual([{ valid: true }]);
  });

  test('that a run gives up on does not hide that who wrote the old way is known from now on only: a trigger was put right before', async () => {
    const readStart = async () =>
      (await client.query<{ at: Date }>(`SELECT expanded_at AS at FROM choice_field_state WHERE field = 'Lead.industry'`)).rows[0]!.at;
    await client.query(`UPDATE choice_field_state SET expanded_at = '2020-01-01'`);
    await client.query('DROP TRIGGER zzz_sync_lead_industry_update ON lead');
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM tenant');
    await expect(expand(0)).rejects.toThrow(/^Gave up after 0 s: the table lead is in use/);
    const start = await readStart();
    expect(start.getFullYear()).toBeGreaterThan(2020);
    await idle.query('COMMIT');
    // What is right is not touched again.
    await expand();
    expect(await readStart()).toEqual(start);
  });

  test('is built beside a transaction that has only read', async () => {
    await idle.query('BEGIN; SELECT FROM lead');
    await expand(0);
    expect(await readIndex()).toEqual([{ valid: true }]);
  });

  test('of another definition is replaced', async () => {
    await client.query('CREATE INDEX lead_industry_page_idx ON lead (tenant_id, industry, id)');
    await expand();
    const { rows } = await client.query(`SELECT pg_get_indexdef('lead_industry_page_idx'::regclass) AS definition`);
    expect(rows[0].definition).toMatch(/\(tenant_id, industry, id\) INCLUDE \(industry_id\)$/);
  });

  test('whose build breaks off is dropped', async () => {
    const { id } = await insertRecord(client, FIELD, crm.tenant('acme').id, { legacy: 'tech' });
    await client.query('UPDATE lead SET phone = $1 WHERE id = $2', ['not a number', id]);
    const statement = 'CREATE INDEX CONCURRENTLY lead_industry_page_idx ON lead ((phone::int))';
    await expect(buildIndex(crm.owner.sql, { name: 'lead_industry_page_idx', table: 'lead', statement })).rejects.toThrow(
      /invalid input syntax/,
    );
    expect(await readIndex()).toEqual([]);
  });

  test('that a run was killed over counts as not built, and the next run builds it', async () => {
    await client.query(`CREATE INDEX lead_industry_page_idx ON lead (tenant_id, industry, id) INCLUDE (industry_id)`);
    await runAsSuperuser(crm.database.superuserUrl, (superuser) =>
      superuser.query(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'lead_industry_page_idx'::regclass`),
    );
    expect((await expand()).fields[0]!.statements).toEqual([expect.stringContaining('"lead_industry_page_idx"')]);
    expect(await readIndex()).toEqual([{ valid: true }]);
  });
});
