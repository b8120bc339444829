import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { OperationError } from '../errors.ts';
import type { Sql } from './owner-database.ts';

/** Longest wait for a lock that makes writers queue behind it, in milliseconds. */
const LOCK_TIMEOUT = 100;
/** How long to try for such a lock if not said otherwise, and how long a statement that blocks nobody may run, in milliseconds. */
const LOCK_CAP = 60_000;
const STATEMENT_CAP = 3_600_000;
/** SQLSTATE lock_not_available: what lock_timeout raises. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs a statement whose lock blocks writers. It waits at most 100 ms at a time, backs off between tries,
 * and gives up after `cap` milliseconds, a minute if not said otherwise.
 * @throws OperationError naming the sessions that held the table.
 */
export async function runLockingStatement(db: Sql, table: string, statement: string, cap: number = LOCK_CAP): Promise<void> {
  const deadline = performance.now() + cap;
  for (let attempt = 0; ; attempt++) {
    try {
      await db.transaction().execute(async (transaction) => {
        await sql.raw(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT}`).execute(transaction);
        await sql.raw(statement).execute(transaction);
      });
      return;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      if (performance.now() > deadline)
        throw new OperationError(
          `Gave up after ${cap / 1000} s: ${await describeLockHolders(db, table)}. Nothing was changed; run the command again later. The statement: ${statement}`,
          { cause: error },
        );
      await delay(Math.min(50 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2));
    }
  }
}

/** Runs a statement that may take long but blocks nobody: VALIDATE, or anything CONCURRENTLY. Capped at an hour. */
export async function runConcurrentStatement(db: Sql, statement: string): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql.raw(`SET statement_timeout = ${STATEMENT_CAP}`).execute(connection);
    try {
      await sql.raw(statement).execute(connection);
    } finally {
      await sql`RESET statement_timeout`.execute(connection);
    }
  });
}

/**
 * Runs `work` while no other process runs work of this name on this database.
 * It polls for the lock: a session that waits inside a statement would be waited for by CREATE INDEX CONCURRENTLY.
 */
export async function withExclusive<T>(db: Sql, name: string, work: () => Promise<T>, cap = LOCK_CAP): Promise<T> {
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

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE;
}

async function describeLockHolders(db: Sql, table: string): Promise<string> {
  const { rows } = await sql<{ holders: string | null }>`
    SELECT string_agg(DISTINCT format('pid %s (%s)', held.pid, coalesce(nullif(activity.application_name, ''), 'unnamed application')), ', ') AS holders
    FROM pg_locks AS held LEFT JOIN pg_stat_activity AS activity USING (pid)
    WHERE held.relation = to_regclass('public.' || quote_ident(${table})) AND held.granted AND held.pid <> pg_backend_pid()
      -- Databases that were cloned from one template have the same numbers for their tables.
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db);
  return rows[0]?.holders ? `the table ${table} is locked by ${rows[0].holders}` : `the table ${table} stayed locked`;
}
