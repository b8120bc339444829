import type { Sql } from '../../../database/owner-database.ts';
import { retryConflicts } from '../retry-conflicts.ts';
import type { Scope } from '../run.ts';
import { advancePart } from './advance.ts';
import type { Attempt } from './attempt.ts';
import { claimPart, type ClaimedPart } from './claim.ts';
import { isBatchFailure, recordFailure } from './failure.ts';
import type { Part } from './part.ts';
import { settlePart } from './settle.ts';

export interface WorkOptions {
  /** Rows of the batch, at most. */
  readonly batchSize: number;
  /** How long a part may wait for transactions of others, in milliseconds. */
  readonly openTransactionCap: number;
}

/** What was done: a batch of a part, the rows that it updated, and for how long it held them; or nothing, since there is none that can go on now. */
export type Work = { readonly part: Part; readonly updated: number; readonly milliseconds: number } | undefined;

/**
 * Claims a part of the scope and does one batch of it, in one transaction: the claim, the rows and the cursor are kept together or not
 * at all. So any number of workers may work at once, nothing is done twice, and whoever is killed costs one batch. A batch that
 * fails by what it found is recorded with its part; every other error is thrown.
 */
export async function workOnce(db: Sql, scope: Scope, options: WorkOptions): Promise<Work> {
  let claimed: ClaimedPart | undefined;
  let attempt: Attempt = { limit: options.batchSize, usual: options.batchSize };
  let start = performance.now();
  try {
    const done = await retryConflicts(() =>
      db.transaction().execute(async (transaction) => {
        claimed = undefined;
        const part = await claimPart(transaction, scope, options.openTransactionCap);
        if (part === undefined) return undefined;
        claimed = part;
        start = performance.now();
        attempt = { limit: Math.min(options.batchSize, part.batchLimit ?? options.batchSize), usual: options.batchSize };
        return { part, ...(await advancePart(transaction, part, attempt)) };
      }),
    );
    const milliseconds = performance.now() - start;
    if (done?.ended) await settlePart(db, done.part);
    return done && { part: done.part, updated: done.updated, milliseconds };
  } catch (error) {
    if (claimed === undefined || !isBatchFailure(error)) throw error;
    await recordFailure(db, claimed, attempt, error);
    return { part: claimed, updated: 0, milliseconds: performance.now() - start };
  }
}
