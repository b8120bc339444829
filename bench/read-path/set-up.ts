import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { type BenchServer, startBenchServer, withOwner } from '../harness/bench-server.ts';
import { prepareCounting, STATEMENT_COUNTING } from './count-statements.ts';
import { createMigratedDataset, readSubject } from './dataset.ts';
import type { Subject } from './operations.ts';
import { readParent } from './process-cost.ts';

/** The name of the database that everybody reads. */
export const DATABASE = 'read_path';

/** A PostgreSQL of its own, with a database. */
export interface DatabaseSetup {
  readonly bench: BenchServer;
  readonly databaseUrl: string;
  readonly postgresVersion: string;
  /** The process that started all others of the server. */
  readonly postmaster: number;
}

/** The same, with leads. */
export interface Setup extends DatabaseSetup {
  readonly subject: Subject;
}

/** Does `work` with a database of so many leads, which is gone afterwards. */
export async function withSetup<Result>(leads: number, work: (setup: Setup) => Promise<Result>): Promise<Result> {
  return withDatabase(
    (database) => createMigratedDataset(database, leads),
    async (setup) => work({ ...setup, subject: await withOwner(setup.databaseUrl, readSubject) }),
  );
}

/** Does `work` with a database as `fill` leaves it, which is gone afterwards. */
export async function withDatabase<Result>(
  fill: (database: OwnerDatabase) => Promise<void>,
  work: (setup: DatabaseSetup) => Promise<Result>,
): Promise<Result> {
  const bench = await startBenchServer(STATEMENT_COUNTING);
  try {
    const databaseUrl = await bench.createDatabase(DATABASE);
    await withOwner(databaseUrl, fill);
    await prepareCounting(bench);
    // What was written is on disk before anything is measured.
    await bench.run('postgres', 'CHECKPOINT');
    const [version] = await bench.run<{ server_version: string }>('postgres', 'SHOW server_version');
    return await work({ bench, databaseUrl, postgresVersion: version!.server_version, postmaster: await findPostmaster(bench) });
  } finally {
    await bench.stop();
  }
}

async function findPostmaster(bench: BenchServer): Promise<number> {
  // A process that stays as long as the server, unlike that of a connection.
  const [checkpointer] = await bench.run<{ pid: number }>(
    'postgres',
    `SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
  );
  return readParent(checkpointer!.pid);
}
