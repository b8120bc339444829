import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { runConcurrentStatement, runLockingStatement } from '../../../src/database/online-ddl.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { createTestDatabase } from '../../harness/test-database.ts';
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
    message: expect.stringMatching(/^Gave up after 0 s: the table lead is locked by pid \d+ \(forgotten\)\. Nothing was changed/),
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

test('a statement that blocks runs under a lock_timeout of 100 ms that ends with it, others under none', async () => {
  const { sql: db } = crm.owner;
  await client.query(`CREATE TABLE seen (lock text, statement text)`);
  const look = `INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout')`;
  await runLockingStatement(db, 'lead', look);
  await runConcurrentStatement(db, look);
  const { rows } = await client.query('SELECT * FROM seen');
  expect(rows).toEqual([
    { lock: '100ms', statement: '0' },
    { lock: '0', statement: '1h' },
  ]);
  const after = await crm.owner.pool.query(
    `SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement`,
  );
  expect(after.rows).toEqual([{ lock: '0', statement: '0' }]);
});

test('a run that was interrupted while it built an index leaves none that counts as built', async () => {
  await expandFields(crm.owner.sql, { ...crm.scope, fields: [FIELD] }, crm.run);
  await client.query('DROP INDEX lead_industry_page_idx');
  await idle.query(`BEGIN; UPDATE lead SET company = 'Example'; LOCK TABLE lead IN ROW EXCLUSIVE MODE`);
  const expanding = expand();
  const [pid] = await waitUntilBlocked(client, idle);
  await client.query('SELECT pg_terminate_backend($1)', [pid]);
  await expect(expanding).rejects.toThrow();
  await idle.query('COMMIT');
  expect((await expand()).fields[0]!.statements).toEqual([expect.stringContaining('"lead_industry_page_idx"')]);
  const { rows } = await client.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'lead_industry_page_idx'::regclass`);
  expect(rows).toEqual([{ indisvalid: true }]);
});
