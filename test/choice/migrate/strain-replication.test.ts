import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { setPace } from '../../../src/choice/migrate/pace.ts';
import { findStrain, measureStrain } from '../../../src/choice/migrate/strain.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { migrateDatabase } from '../../../src/database/migrate.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../../src/database/owner-database.ts';
import { startThrowawayServer, type ThrowawayServer } from '../../harness/throwaway-server.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';

let server: ThrowawayServer;
let owner: OwnerDatabase;
let client: pg.Client;
beforeAll(async () => {
  server = await startThrowawayServer({ synchronous_commit: 'on' });
  owner = openOwnerDatabase(server.superuserUrl);
  await migrateDatabase(owner, { dryRun: false });
  client = await connect(server.superuserUrl);
});
afterAll(async () => {
  await client.end();
  await owner.close();
  await server.stop();
});

const measure = () => measureStrain(owner.sql, choiceRegistry);

/** A connection for a standby, as the driver has it and its types do not. */
type Replication = pg.Client & {
  readonly connection: NodeJS.EventEmitter & { sendCopyFromChunk(chunk: Buffer): void; readonly stream: { destroy(): void } };
};

/** Standby status update (PostgreSQL manual, 54.4): all that was sent is written, flushed and replayed up to a position. */
function confirm(standby: Replication, position: bigint): void {
  const message = Buffer.alloc(34);
  message.write('r', 0);
  for (const offset of [1, 9, 17]) message.writeBigInt64BE(position, offset);
  standby.connection.sendCopyFromChunk(message);
}

test('a standby that falls behind is a strain until it has caught up', async () => {
  await setPace(owner.sql, { maxReplicationLagBytes: 100_000 }, { dryRun: false });
  const pace = await setPace(owner.sql, {}, { dryRun: false });
  expect((await measure()).replicationLagBytes).toBeNull();

  const standby = new pg.Client({ connectionString: server.superuserUrl, replication: 'true' } as pg.ClientConfig) as Replication;
  standby.on('error', () => undefined);
  await standby.connect();
  const readPosition = async () => {
    const { rows } = await client.query<{ lsn: string; position: string }>(
      `SELECT pg_current_wal_lsn() AS lsn, pg_current_wal_lsn() - '0/0' AS position`,
    );
    return { lsn: rows[0]!.lsn, position: BigInt(rows[0]!.position) };
  };
  const start = await readPosition();
  const started = once(standby.connection, 'replicationStart');
  standby.query(`START_REPLICATION PHYSICAL ${start.lsn}`).catch(() => undefined);
  await started;
  confirm(standby, start.position);
  await waitUntil('the standby is known', async () => (await measure()).replicationLagBytes !== null);
  await client.query(`SELECT pg_logical_emit_message(true, 'test', repeat('x', 200000))`);
  expect(findStrain(await measure(), pace)).toMatch(/^a standby is \d+ bytes behind \(bound: 100000\)$/);

  confirm(standby, (await readPosition()).position);
  await waitUntil('the standby has caught up', async () => findStrain(await measure(), pace) === undefined);
  standby.connection.stream.destroy();
});

test('a commit that waits for a standby is a strain', async () => {
  const pace = await setPace(owner.sql, { maxWriteMs: 1 }, { dryRun: false });
  await client.query('SET synchronous_commit = local');
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await client.query('SELECT pg_reload_conf()');
  await waitUntil('commits wait', async () => {
    const { rows } = await client.query<{ names: string }>('SHOW synchronous_standby_names');
    return rows[0] !== undefined && Object.values(rows[0])[0] === 'nobody';
  });
  const measuring = measure();
  const isWaiting = async () =>
    (await client.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%emit_message%'`)).rows.length > 0;
  await waitUntil('the commit waits', isWaiting);
  await client.query('ALTER SYSTEM RESET synchronous_standby_names');
  await client.query('SELECT pg_reload_conf()');
  expect(findStrain(await measuring, pace)).toMatch(/^a commit took \d+ ms \(bound: 1\)$/);
});
