import pg from 'pg';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import type { ServerSettings } from '../../src/database/embedded/start-server.ts';
import { createOwnerRole, OWNER, ownerUrlOf } from '../../test/harness/owner-role.ts';
import { startThrowawayServer } from '../../test/harness/throwaway-server.ts';

/** A PostgreSQL of its own that keeps what it acknowledges, as a server in use does. */
export interface BenchServer {
  /** A database that is a copy of another, or empty. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Runs a statement as the superuser in a database. Returns its rows, of the type that the caller knows. */
  run<Row extends object>(name: string, statement: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

const SETTINGS: ServerSettings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '1GB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
};

/** `settings`: beside those of a server in use, by PostgreSQL's names. */
export async function startBenchServer(settings: ServerSettings = {}): Promise<BenchServer> {
  const server = await startThrowawayServer({ ...SETTINGS, ...settings });
  await createOwnerRole(server.superuserUrl);
  const run = async <Row extends object>(name: string, statement: string) => {
    const url = new URL(server.superuserUrl);
    url.pathname = name;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query<Row>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    run,
    createDatabase: async (name, template = 'template1') => {
      await run('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${OWNER} STRATEGY file_copy`);
      return ownerUrlOf(server.superuserUrl, name);
    },
    dropDatabase: async (name) => {
      await run('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
    stop: () => server.stop(),
  };
}

/** Opens a database for as long as `use` runs. */
export async function withOwner<Result>(url: string, use: (database: OwnerDatabase) => Promise<Result>): Promise<Result> {
  const database = openOwnerDatabase(url);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
