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
      if (performance.now() > deadline) {
        const pid = (await findExclusiveHolders(connection, [name])).get(name) ?? 'unknown';
        throw new OperationError(
          `Gave up after ${cap / 1000} s: another process (pid ${pid}) does the same work on this database. Run the command again when it has ended`,
        );
      }
      await delay(100);
    }
    try {
      return await work();
    } finally {
      // A lock that cannot be let go went with its session: what the work came to stands.
      await sql`SELECT pg_advisory_unlock(hashtext(${name}))`.execute(connection).catch(() => undefined);
    }
  });
}

/** Of names of exclusive work, those that somebody does at this moment, and the pid of the session that holds it. */
export async function findExclusiveHolders(db: Sql, names: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; pid: number }>`
    SELECT name, pid FROM unnest(${[...names]}::text[]) AS name
    JOIN pg_locks ON objid = (hashtext(name)::bigint & 4294967295)::oid
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return new Map(rows.map(({ name, pid }) => [name, pid]));
}
