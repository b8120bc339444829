import { setTimeout as delay } from 'node:timers/promises';
import { isCausedBy } from '../../database/error-code.ts';

/** Somebody changed an alias or a choice between a statement's snapshot and the trigger that it fired. */
export class StaleResolutionError extends Error {
  override readonly name = 'StaleResolutionError';
}

const ATTEMPTS = 10;
/** serialization_failure, deadlock_detected; and foreign_key_violation: the choice was deleted in between. */
const PASSING = new Set<unknown>(['40001', '40P01', '23503']);

/** Runs a transaction again that lost against a concurrent one: the next snapshot sees what that one did. */
export async function retryConflicts<Result>(
  transaction: () => Promise<Result>,
  isPassing: (error: unknown) => boolean = isConflict,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(error)) throw error;
      await delay(10 * attempt * (0.5 + Math.random() / 2));
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof StaleResolutionError || isCausedBy(error, PASSING);
}
