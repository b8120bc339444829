import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { OperationError } from '../errors.ts';
import { hasErrorCode, LOCK_NOT_AVAILABLE } from './error-code.ts';
import { qualify } from './identifier.ts';
import { waitForTableUsers } from './older-transactions.ts';
import type { Sql } from './owner-database.ts';

/** A lock that makes writers wait, or be waited for. */
export interface TableLock {
  readonly table: string;
  readonly mode: 'SHARE ROW EXCLUSIVE' | 'ACCESS EXCLUSIVE';
}

/** An index to be built without blocking writers. */
export interface ConcurrentIndex {
  readonly name: string;
  readonly table: string;
  /** `CREATE INDEX CONCURRENTLY …` */
  readonly statement: string;
}

/** How long to try for a lock if not said otherwise, in milliseconds. */
export const LOCK_CAP = 60_000;

/** In milliseconds: how long writers may have to queue behind a lock that we wait for, and behind a row that we meet once we have it. */
const LOCK_TIMEOUT = 50;
const ROW_TIMEOUT = 10;
/** How long to wait for maintenance of the table to make way, which it does after `deadlock_timeout` (a second). No writer waits then. */
const MAINTENANCE_TIMEOUT = 2_500;
/** How long one try waits for a row of a control table. */
const CONTROL_TIMEOUT = 1_000;
/** How long a statement that blocks nobody may run. */
const STATEMENT_CAP = 3_600_000;

/**
 * Runs short statements in one transaction under locks that block writers, so that none waits for long: it waits 50 ms for the
 * first table, for the others and for rows hardly at all, backs off between tries, and gives up after `cap` milliseconds. Locks,
 * statements and commit are one message to the server: however far away we are, or silent, no lock is held for us. `rowsOf`: tables
 * whose rows the statements lock.
 * @throws OperationError naming the sessions that held the tables.
 */
export async function runUnderLocks(
  db: Sql,
  locks: readonly TableLock[],
  statements: readonly string[],
  cap: number = LOCK_CAP,
  rowsOf: readonly string[] = [],
): Promise<void> {
  const tables = [...locks.map((lock) => lock.table), ...rowsOf];
  await retryLocks(db, tables, cap, (left) => runMessage(db, ['BEGIN', ...lockStatements(locks, left), ...statements, 'COMMIT']));
}

/**
 * Runs a transaction that changes rows of control tables, which others may hold for as long as they like: each try waits a second
 * for a lock, so that nobody queues behind us for longer.
 * @throws OperationError after `cap` milliseconds, naming the sessions that held the tables.
 */
export async function runPatiently<T>(
  db: Sql,
  tables: readonly string[],
  work: (transaction: Sql) => Promise<T>,
  cap: number = LOCK_CAP,
): Promise<T> {
  return retryLocks(db, tables, cap, (left) =>
    db.transaction().execute(async (transaction) => {
      const patience = Math.max(LOCK_TIMEOUT, Math.min(CONTROL_TIMEOUT, Math.round(left)));
      await sql.raw(`SET LOCAL lock_timeout = ${patience}`).execute(transaction);
      return work(transaction);
    }),
  );
}

/** Tries until no lock is missed; `left`: milliseconds until it gives up. */
async function retryLocks<T>(db: Sql, tables: readonly string[], cap: number, run: (left: number) => Promise<T>): Promise<T> {
  const deadline = performance.now() + cap;
  for (let attempt = 0; ; attempt++) {
    try {
      return await run(deadline - performance.now());
    } catch (error) {
      if (!hasErrorCode(error, LOCK_NOT_AVAILABLE)) throw error;
      if (performance.now() > deadline)
        throw new OperationError(
          `Gave up after ${cap / 1000} s: ${await describeHolders(db, tables)}. This step changed nothing; run the command again later`,
          { cause: error },
        );
      await delay(Math.min(50 * 2 ** attempt, 2_000) * (0.5 + Math.random() / 2));
    }
  }
}

/** A statement that fails ends the message, and lets go of every lock at once. */
async function runMessage(db: Sql, statements: readonly string[]): Promise<void> {
  await db.connection().execute(async (connection) => {
    try {
      await sql.raw(statements.join('; ')).execute(connection);
    } catch (error) {
      // A connection that is gone has nothing to take back.
      await sql
        .raw('ROLLBACK')
        .execute(connection)
        .catch(() => undefined);
      throw error;
    }
  });
}

/**
 * Builds an index. Until it has waited for the transactions that would be waited for, nothing is there: to give up after `cap`
 * milliseconds leaves no invalid index behind. What a build that fails leaves behind is dropped.
 * @throws OperationError naming the sessions that used the table.
 */
export async function buildIndex(db: Sql, index: ConcurrentIndex, cap: number = LOCK_CAP): Promise<void> {
  const users = await waitForTableUsers(db, index.table, cap);
  if (users.length > 0)
    throw new OperationError(
      `Gave up after ${cap / 1000} s: the table ${index.table} is in use by ${users.map((user) => `pid ${user.pid} (${user.application})`).join(', ')}. ` +
        `This step changed nothing; run the command again later`,
    );
  try {
    await runConcurrentStatement(db, index.statement);
  } catch (error) {
    // What keeps it from being dropped must not hide why it was not built: the next run drops and builds it.
    await dropIndex(db, index, cap).catch(() => undefined);
    throw error;
  }
}

export function dropIndex(db: Sql, { table, name }: { table: string; name: string }, cap?: number): Promise<void> {
  return runUnderLocks(db, [{ table, mode: 'ACCESS EXCLUSIVE' }], [`DROP INDEX IF EXISTS ${qualify(name)}`], cap);
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
 * The first lock keeps maintenance away without making a writer wait: autovacuum gives way to whoever waits a second, and nobody
 * who may wait 50 ms only would see that.
 */
function lockStatements([first, ...others]: readonly TableLock[], left: number): readonly string[] {
  const patience = Math.max(LOCK_TIMEOUT, Math.min(MAINTENANCE_TIMEOUT, Math.round(left)));
  return [
    ...(first
      ? [
          `SET LOCAL lock_timeout = ${patience}`,
          `LOCK TABLE ${qualify(first.table)} IN SHARE UPDATE EXCLUSIVE MODE`,
          `SET LOCAL lock_timeout = ${LOCK_TIMEOUT}`,
          `LOCK TABLE ${qualify(first.table)} IN ${first.mode} MODE`,
        ]
      : []),
    ...others.map(({ table, mode }) => `LOCK TABLE ${qualify(table)} IN ${mode} MODE NOWAIT`),
    `SET LOCAL lock_timeout = ${ROW_TIMEOUT}`,
  ];
}

/** Says who holds the tables, the longest first; a busy table has others that come and go. */
export async function describeHolders(db: Sql, tables: readonly string[]): Promise<string> {
  const { rows } = await sql<{ table: string; pid: number; application: string }>`
    SELECT name AS table, pid, coalesce(nullif(application_name, ''), nullif(backend_type, 'client backend'), 'unnamed application') AS application
    FROM (
      SELECT DISTINCT ON (held.pid) name, held.pid, activity.application_name, activity.backend_type, activity.xact_start
      FROM unnest(${[...tables]}::text[]) AS name
      JOIN pg_locks AS held ON held.relation = to_regclass('public.' || quote_ident(name))
      LEFT JOIN pg_stat_activity AS activity USING (pid)
      WHERE held.granted AND held.pid <> pg_backend_pid()
        -- Databases that were cloned from one template have the same numbers for their tables.
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS holder
    ORDER BY xact_start, pid LIMIT 3`.execute(db);
  if (rows.length === 0) return `the table ${tables.join(', ')} stayed locked`;
  return rows.map((row) => `the table ${row.table} is locked by pid ${row.pid} (${row.application})`).join(', ');
}
