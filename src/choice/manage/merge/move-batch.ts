import { sql } from 'kysely';
import { hasErrorCode, LOCK_NOT_AVAILABLE } from '../../../database/error-code.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { isSwapped } from '../../../tenancy/database-errors.ts';
import type { Batch, Reach } from '../../migrate/backfill/batch.ts';
import { setUpBatch } from '../../migrate/backfill/claim.ts';
import { isBatchFailure, quarantineRow } from '../../migrate/backfill/failure.ts';
import { retryConflicts } from '../../migrate/retry-conflicts.ts';
import { moveRows, type Movement, type RefPart } from './move-rows.ts';

/** Nothing could be done at this moment: somebody holds a choice or a table, or the column comes or goes. */
const PASSED_OVER: Batch = { updated: 0, skipped: 1, last: null, ended: true };

/**
 * Moves some refs of a part in a transaction of its own, with what it notes of them, or none. A batch that fails by what it found is tried
 * again with half of its rows, down to the row, which goes to quarantine with its error: no batch takes it from then on.
 */
export async function moveBatch(db: Sql, part: RefPart, movement: Movement, { cursor, limit }: Reach): Promise<Batch> {
  const move = (reach: Omit<Reach, 'cursor'>) =>
    retryConflicts(() =>
      db.transaction().execute(async (transaction) => {
        await sql`SELECT ${setUpBatch}`.execute(transaction);
        return (await moveRows(transaction, part, movement, { cursor, ...reach })) ?? PASSED_OVER;
      }),
    );
  for (let most = limit; ; most = Math.floor(most / 2))
    try {
      if (most > 1) return await move({ limit: most });
      return await moveOne(db, part, move);
    } catch (error) {
      if (hasErrorCode(error, LOCK_NOT_AVAILABLE) || isSwapped(error)) return PASSED_OVER;
      if (!isBatchFailure(error) || most <= 1) throw error;
    }
}

async function moveOne(db: Sql, part: RefPart, move: (reach: Omit<Reach, 'cursor'>) => Promise<Batch>): Promise<Batch> {
  const { last: only } = await move({ limit: 1, looks: true });
  if (only === null) return { updated: 0, skipped: 0, last: null, ended: true };
  try {
    return { ...(await move({ limit: 1, only })), ended: false };
  } catch (error) {
    if (!isBatchFailure(error) || hasErrorCode(error, LOCK_NOT_AVAILABLE) || isSwapped(error)) throw error;
    await quarantineRow(db, part, only, error);
    return { updated: 0, skipped: 0, last: only, ended: false };
  }
}
