import { sql } from 'kysely';
import { hasErrorCode, LOCK_NOT_AVAILABLE } from '../../../database/error-code.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { StaleResolutionError } from '../retry-conflicts.ts';
import type { Attempt } from './attempt.ts';
import type { ClaimedPart } from './claim.ts';
import type { Part } from './part.ts';
import { isPart } from './part-state.ts';

/**
 * Classes of SQLSTATE (PostgreSQL manual, appendix A) that say nothing about rows: the connection, resources, an operator's
 * intervention, the system; and read_only_sql_transaction.
 */
const NOT_OF_ROWS = /^(08|53|57|58|25006)/;

/** How long a part rests before a batch is tried again, in milliseconds: after its first failure, and where it waits for a lock. */
const RETRY_MS = 20;
const LOCK_RETRY_MS = 200;
/** … and where nobody knows which row it was. */
const UNKNOWN_RETRY_MS = 1_000;

/** Whether a batch failed by what it found. Everything else is for whoever works to deal with. */
export function isBatchFailure(error: unknown): error is Error {
  if (error instanceof StaleResolutionError) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code) &&
    !NOT_OF_ROWS.test(error.code)
  );
}

/**
 * Keeps that a batch failed, so that it is tried again, then with half of its rows and again, down to the row. That one goes to
 * quarantine with its error, and is passed over.
 */
export async function recordFailure(db: Sql, part: ClaimedPart, { limit, row }: Attempt, error: Error): Promise<void> {
  const isLocked = hasErrorCode(error, LOCK_NOT_AVAILABLE);
  const retried = part.failures > 0 && !isLocked;
  const rest = isLocked ? LOCK_RETRY_MS : !retried ? RETRY_MS : limit === 1 && row === undefined ? UNKNOWN_RETRY_MS : 0;
  const next = retried ? Math.max(1, Math.floor(limit / 2)) : limit;
  await db.transaction().execute(async (transaction) => {
    const { numAffectedRows } = await sql`
      UPDATE choice_tenant_state SET
        failures = failures + ${isLocked ? 0 : 1}, error = ${error.message}, batch_limit = ${isLocked ? part.batchLimit : next}::int,
        retry_at = CASE WHEN ${rest} > 0 THEN clock_timestamp() + make_interval(secs => ${rest / 1000}) END
      WHERE ${isPart(part)} AND wanted`.execute(transaction);
    if (numAffectedRows === 0n || !retried || limit > 1 || row === undefined) return;
    await quarantineRow(transaction, part, row, error);
  });
}

/** Has every batch pass over a row that none could write. */
export async function quarantineRow(db: Sql, { tenant, field }: Part, row: string, error: Error): Promise<void> {
  await sql`
    INSERT INTO choice_quarantine (tenant_id, field, record_id, error) VALUES (${tenant.id}, ${field.coordinate}, ${row}, ${error.message})
    ON CONFLICT (tenant_id, field, record_id) DO UPDATE SET error = excluded.error, quarantined_at = now()`.execute(db);
}
