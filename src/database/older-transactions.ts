import { setTimeout as delay } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import { qualify } from './identifier.ts';
import type { Sql } from './owner-database.ts';

/** A session whose transaction was open before a point in time and still is. */
export interface OpenTransaction {
  readonly pid: number;
  readonly application: string;
}

/**
 * Waits until every transaction that other sessions of this database have open now has ended: none of them, nor any
 * snapshot they took, can miss what was committed before this call. A transaction holds its virtual id until it ends
 * (PostgreSQL manual, 53.12 pg_locks). Returns those still open after `cap` milliseconds; none: the wait succeeded.
 */
export async function waitForOlderTransactions(db: Sql, cap: number): Promise<readonly OpenTransaction[]> {
  return waitForOlder(db, sql`true`, cap);
}

/**
 * Waits until no transaction of another session works by a snapshot from before this call. One that takes a snapshot per
 * statement (READ COMMITTED) gives way between two of them. Returns those that still do after `cap` milliseconds.
 */
export async function waitForOlderSnapshots(db: Sql, cap: number): Promise<readonly OpenTransaction[]> {
  return waitForOlder(db, sql`activity.backend_xmin IS NOT NULL`, cap);
}

/**
 * Waits until every transaction that CREATE INDEX CONCURRENTLY would wait for has ended, or gives way: those that may have written
 * to the table, and those that hold a snapshot. Returns those that still hold it up after `cap` milliseconds.
 */
export async function waitForTableUsers(db: Sql, table: string, cap: number): Promise<readonly OpenTransaction[]> {
  return waitForOlder(
    db,
    sql`(activity.backend_xmin IS NOT NULL OR EXISTS (
      SELECT FROM pg_locks AS used
      WHERE used.pid = held.pid AND used.relation = to_regclass(${qualify(table)}) AND used.database = activity.datid AND used.granted
        AND used.mode NOT IN ('AccessShareLock', 'RowShareLock')
    ))`,
    cap,
  );
}

/** The transactions that other sessions of this database have open now, each with the virtual id that it alone has. */
export async function listOpenTransactions(db: Sql): Promise<readonly (OpenTransaction & { readonly id: string })[]> {
  return readOpenTransactions(db, sql`true`);
}

async function waitForOlder(db: Sql, condition: RawBuilder<unknown>, cap: number): Promise<readonly OpenTransaction[]> {
  const deadline = performance.now() + cap;
  const older = new Set((await readOpenTransactions(db, condition)).map((row) => row.id));
  for (;;) {
    const open = older.size === 0 ? [] : (await readOpenTransactions(db, condition)).filter((row) => older.has(row.id));
    if (open.length === 0 || performance.now() > deadline) return open.map(({ pid, application }) => ({ pid, application }));
    await delay(20);
  }
}

/** Maintenance workers have no user and write no rows. */
async function readOpenTransactions(db: Sql, condition: RawBuilder<unknown>): Promise<(OpenTransaction & { id: string })[]> {
  const { rows } = await sql<OpenTransaction & { id: string }>`
    SELECT held.virtualtransaction AS id, held.pid, coalesce(nullif(activity.application_name, ''), 'unnamed application') AS application
    FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
    WHERE held.locktype = 'virtualxid' AND held.mode = 'ExclusiveLock' AND held.granted
      AND held.pid <> pg_backend_pid() AND activity.datname = current_database() AND activity.usesysid IS NOT NULL AND ${condition}`.execute(
    db,
  );
  return rows;
}
