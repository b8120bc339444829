import { ConflictError, LimitExceededError } from '../errors.ts';

/** How long one statement of the API may run, and how long it may wait for another writer's lock, in milliseconds. */
export const STATEMENT_MILLISECONDS = 15_000;
export const LOCK_MILLISECONDS = 5_000;
/** How long a transaction of the API may wait for its own next statement, in milliseconds: longer than any request lasts. */
export const IDLE_MILLISECONDS = 60_000;

/**
 * What the database says about load and about other writers, in words that a client can act on; any other error as it is.
 * The codes are PostgreSQL's (manual, appendix A); a pool without a free connection has none.
 */
export function translateDatabaseError(error: unknown): unknown {
  switch (sqlState(error)) {
    case '55P03':
      return new ConflictError('Another writer holds what this would write. Retry', { retry: true }, { cause: error });
    case '23503':
      return new ConflictError(
        'What the write refers to, or is referred to by, changed at this moment. Read again and retry',
        {},
        { cause: error },
      );
    case '40P01':
      return new ConflictError('Another writer and this one waited for each other. Retry', { retry: true }, { cause: error });
    case '57014':
      return new LimitExceededError(
        `A statement took longer than ${STATEMENT_MILLISECONDS / 1000} s and was stopped`,
        {},
        { cause: error },
      );
    case undefined:
      return isPoolTimeout(error) ? new LimitExceededError('The server is busy. Retry', { retry: true }, { cause: error }) : error;
    default:
      return error;
  }
}

/** SQLSTATE undefined_column and undefined_function: what a statement meets that was prepared before a column came or went. */
const SWAPPED: ReadonlySet<string | undefined> = new Set(['42703', '42883']);

/** Whether a transaction may succeed when it is run again, because the structure that it knew was replaced by another one. */
export function isSwapped(error: unknown): boolean {
  return SWAPPED.has(sqlState(error));
}

/** The SQLSTATE of a database error, or of what caused it. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : sqlState(error.cause);
}

function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && (error.message === 'timeout exceeded when trying to connect' || isPoolTimeout(error.cause));
}
