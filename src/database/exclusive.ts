import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { OperationError } from '../errors.ts';
import type { Sql } from './owner-database.ts';

/** How long to try if not said otherwise, in milliseconds. */
const CAP = 60_000;

/**
 * Runs `work` while no other process runs work of this name on this database.
 * It polls for the lock: a session that waits inside a statement would be waited for by CREATE INDEX CONCURRENTLY.
 * @throws OperationError naming the process that does such work, after `cap` milliseconds.
 */
export async function withExclusive<T>(db: Sql, name: string, work: () => Promise<T>, cap = CAP): Promise<T> {
  return db.connection().execute(async (connection) => {
    const deadline = performance.now() + cap;
    for (;;) {
      const { rows } = await sql<{ locked: boolean }>`SELECT pg_try_advisory_lock(hashtext(${name})) AS locked`.execute(connection);
      if (rows[0]!.locked) break;
      if (performance.now() > deadline)
        throw new OperationError(
          `Gave up after ${cap / 1000} s: another process (${await describeExclusive(connection, name)}) does the same work on this database. Run the command again when it has ended`,
        );
      await delay(100);
    }
    try {
      return await work();
    } finally {
      await sql`SELECT pg_advisory_unlock(hashtext(${name}))`.execute(connection);
    }
  });
}

async function describeExclusive(db: Sql, name: string): Promise<string> {
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND objid = (hashtext(${name})::bigint & 4294967295)::oid
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return rows[0] ? `pid ${rows[0].pid}` : 'pid unknown';
}
