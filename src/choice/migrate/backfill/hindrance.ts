import { sql } from 'kysely';
import { listOpenTransactions } from '../../../database/older-transactions.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { selectMerged } from './batch.ts';
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

/** Who holds rows of a part that a backfill has to update, each in a sentence. A row's xmax names the transaction that has locked it. */
export async function findLockHolders(db: Sql, part: Part): Promise<string[]> {
  const { field, tenant } = part;
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const { rows } = await sql<{ pid: number; application: string }>`
    WITH merged AS MATERIALIZED (${selectMerged(part)})
    SELECT DISTINCT held.pid, coalesce(nullif(activity.application_name, ''), 'unnamed application') AS application
    FROM ${sql.table(field.table)} AS record
    JOIN pg_locks AS held ON held.locktype = 'transactionid' AND held.granted AND held.mode = 'ExclusiveLock' AND held.transactionid = record.xmax
    LEFT JOIN pg_stat_activity AS activity USING (pid)
    WHERE record.tenant_id = ${tenant.id} AND (${ref} IS NULL OR ${ref} = ANY (ARRAY(SELECT id FROM merged))) AND held.pid <> pg_backend_pid()
    ORDER BY held.pid`.execute(db);
  // Where several share a lock, xmax names none of them.
  if (rows.length === 0) return [`transactions have held rows of ${field.table} for too long`];
  return rows.map(({ pid, application }) => `pid ${pid} (${application}) holds rows that lack their ref`);
}
