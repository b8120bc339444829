import { afterEach, beforeEach, expect, test } from '@jest/globals';
import net from 'node:net';
import type pg from 'pg';
import { emptyArchive } from '../../../src/choice/migrate/archive-strings.ts';
import { contractFields, type ContractOptions } from '../../../src/choice/migrate/contract.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { runUnderLocks } from '../../../src/database/online-ddl.ts';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const SHORT_CAP = 300;

let preferred: PreferredCrm;
let other: pg.Client;
beforeEach(async () => {
  preferred = await createPreferredCrm([FIELD]);
  other = await connect(preferred.crm.database.ownerUrl, `SET application_name = 'other'`);
});
afterEach(async () => {
  await other.end();
  await preferred.close();
});

const contract = (options: Partial<ContractOptions> = {}) =>
  contractFields(preferred.crm.owner.sql, preferred.scope, { ...preferred.crm.run, window: 0, ...options });
const rollback = (lockCap?: number) =>
  rollbackFields(preferred.crm.owner.sql, preferred.scope, {
    ...preferred.crm.run,
    to: 'expanded',
    ...(lockCap !== undefined && { lockCap }),
  });
const finds = async (query: string, values: unknown[] = []) => (await preferred.client.query(query, values)).rowCount !== 0;
const hasColumn = () => finds(`SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry' AND NOT attisdropped`);
const settled = (running: Promise<unknown>): Promise<unknown[]> =>
  running.then(
    () => [],
    (error: { blockers?: { code: string }[] }) => error.blockers?.map(({ code }) => code) ?? [error],
  );
/** The row that carries an archived string. */
const readRow = async () => {
  const { rows } = await preferred.client.query<{ id: string }>(`SELECT id FROM lead WHERE tenant_id = $1 AND industry = 'Tech '`, [
    preferred.crm.tenant('acme').id,
  ]);
  return rows[0]!.id;
};

test('what a transaction with a snapshot from before the archive writes while it is filled is not lost', async () => {
  const { crm } = preferred;
  const id = await readRow();
  const gone = await connect(crm.database.ownerUrl, 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT FROM tenant');
  // One of the owner's commands: the write of anybody else would keep the column.
  await other.query(`SET application_name = 'dynamic-choices'; BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT FROM tenant`);
  const contracting = contract();
  await waitUntil('the archive is filled', () => finds('SELECT FROM choice_archive WHERE record_id = $1', [id]));
  await other.query(`UPDATE lead SET industry = 'tech' WHERE id = $1`, [id]);
  await gone.query(`DELETE FROM lead WHERE industry = 'TBD '`);
  await gone.query('COMMIT');
  await other.query('COMMIT');
  const { archived } = (await contracting).fields[0]!;
  expect((await preferred.readStrings(FIELD)).get(`${crm.tenant('acme').id} ${id}`)).toBe('tech');
  expect(await finds('SELECT FROM choice_archive WHERE record_id = $1', [id])).toBe(false);
  expect((await preferred.client.query('SELECT FROM choice_archive JOIN lead ON lead.id = record_id')).rowCount).toBe(archived);
  expect((await verifyRecords(crm.owner.sql, preferred.scope)).findings).toEqual([]);
  await gone.end();
});

test('one that stays is named after the cap, and no server has been told yet', async () => {
  await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM tenant');
  await expect(contract({ lockCap: SHORT_CAP })).rejects.toMatchObject({
    name: 'OperationError',
    message: expect.stringMatching(/pid \d+ \(other\) works by a snapshot from before/),
  });
  expect(await finds(`SELECT FROM choice_field_state WHERE storage = 'archive'`)).toBe(false);
});

test('the gate is looked at after the wait for the turn', async () => {
  await other.query(`SELECT pg_advisory_lock(hashtext('choices ddl'))`);
  const contracting = settled(contract());
  await waitUntil('it asks for its turn', () =>
    finds(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()`,
    ),
  );
  await rollback();
  await other.query(`SELECT pg_advisory_unlock(hashtext('choices ddl'))`);
  expect(new Set(await contracting)).toEqual(new Set(['NEW_TENANTS', 'NOT_PREFERRED']));
  expect(await hasColumn()).toBe(true);
});

test.each([
  ['NOT_PREFERRED', `UPDATE choice_tenant_state SET phase = 'migrated' WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'acme')`],
  ['NEW_TENANTS', 'UPDATE choice_field_state SET populates_new_tenants = false'],
  ['TURNED_BACK', `UPDATE choice_field_state SET storage = 'column'`],
  ['LEGACY_WRITERS', `INSERT INTO choice_legacy_writer (field, role, application) VALUES ('Lead.industry', 'them', 'billing')`],
])('the column stays where the gate has closed since it was passed: %s', async (code, close) => {
  await other.query('BEGIN; SELECT FROM lead LIMIT 1');
  const contracting = settled(contract());
  await waitUntil('servers are told', () => finds(`SELECT FROM choice_field_state WHERE storage = 'archive'`));
  await preferred.client.query(close);
  await other.query('COMMIT');
  expect(await contracting).toEqual([code]);
  expect(await hasColumn()).toBe(true);
});

test('a legacy write counts from when it is made, not from when its transaction began', async () => {
  await other.query('BEGIN; SELECT pg_sleep(0.01)');
  await other.query(`UPDATE lead SET industry = 'TECH' WHERE id = $1`, [await readRow()]);
  const { rows } = await other.query('SELECT seen_at > now() AS later FROM choice_legacy_writer');
  expect(rows).toEqual([{ later: true }]);
});

test('an operator that falls silent under a lock holds it no longer than the work takes', async () => {
  const silent = await startSilencer(preferred.crm.database.ownerUrl, 'IN ACCESS EXCLUSIVE MODE');
  const far = openOwnerDatabase(silent.url);
  const running = runUnderLocks(far.sql, [{ table: 'lead', mode: 'ACCESS EXCLUSIVE' }], ['ALTER TABLE lead ADD COLUMN note text']);
  await waitUntil('the work is committed', () =>
    finds(`SELECT FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'note' AND NOT attisdropped`),
  );
  await running;
  await silent.close();
  await far.close();
});

test('flips and contract give up after the cap behind whoever holds the field’s state, and name them', async () => {
  await other.query('BEGIN; SELECT FROM choice_field_state FOR SHARE');
  for (const step of [rollback(SHORT_CAP), contract({ lockCap: SHORT_CAP })])
    await expect(step).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringMatching(/^Gave up after 0\.3 s: .*the table choice_field_state is locked by pid \d+ \(other\)/),
    });
  await other.query('COMMIT');
  expect((await rollback()).fields.every(({ changed }) => changed)).toBe(true);
});

test('nothing is deleted from an archive that somebody fills again', async () => {
  await other.query('BEGIN; SELECT FROM lead LIMIT 1');
  await contract({ lockCap: SHORT_CAP }).catch(() => undefined);
  await other.query('COMMIT');
  const { rowCount } = await preferred.client.query('SELECT FROM choice_archive');
  expect(rowCount).toBeGreaterThan(0);
  await expect(emptyArchive(preferred.crm.owner.sql, FIELD, SHORT_CAP)).rejects.toThrow(/somebody else changed/);
  expect((await preferred.client.query('SELECT FROM choice_archive')).rowCount).toBe(rowCount);
});

/** Passes what a client says on until it has said `last`, and nothing after that. */
async function startSilencer(url: string, last: string): Promise<{ url: string; close(): Promise<void> }> {
  const target = new URL(url);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port || 5432), target.hostname);
    let silent = false;
    client.on('data', (data) => {
      if (!silent) upstream.write(data);
      silent ||= data.includes(last);
    });
    upstream.on('data', (data) => client.write(data));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(address.port);
  return {
    url: through.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
