import { sql } from 'kysely';
import { qualify } from '../../../database/identifier.ts';
import { listOpenTransactions } from '../../../database/older-transactions.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { isPart } from './part-state.ts';
import type { Part } from './part.ts';

/** Those of the transactions that a part waits for which are still open, each in a sentence. */
export async function findOlderTransactions(db: Sql, part: Part): Promise<string[]> {
  const { rows } = await sql<{ awaited: string[] }>`SELECT awaited FROM choice_tenant_state WHERE ${isPart(part)}`.execute(db);
  const awaited = new Set(rows[0]?.awaited);
  return (await listOpenTransactions(db))
    .filter(({ id }) => awaited.has(id))
    .map(
      ({ pid, application }) =>
        `pid ${pid} (${application}) has had a transaction open since before the sweep, and may still write a row without its ref`,
    );
}

/** Who may hold rows of a part's table, each in a sentence; there is always one, since rows were passed over. */
export async function findLockHolders(db: Sql, { field }: Part): Promise<string[]> {
  const { rows } = await sql<{ pid: number; application: string }>`
    SELECT DISTINCT held.pid, coalesce(nullif(activity.application_name, ''), 'unnamed application') AS application
    FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
    WHERE held.relation = to_regclass(${qualify(field.table)}) AND held.database = activity.datid AND held.granted
      AND held.mode IN ('RowShareLock', 'RowExclusiveLock') AND held.pid <> pg_backend_pid()
    ORDER BY held.pid`.execute(db);
  if (rows.length === 0) return [`rows of ${field.table} were held by transactions for too long`];
  return rows.map(({ pid, application }) => `pid ${pid} (${application}) has a transaction open that may hold rows which lack their ref`);
}
