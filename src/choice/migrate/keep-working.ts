import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionFailure } from '../../database/connection-failure.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Scope } from './run.ts';
import { runWorker, type WorkerOptions } from './worker.ts';

export type KeepWorkingOptions = WorkerOptions & {
  readonly signal: AbortSignal;
  /** Told what interrupted the work, once until it goes on. */
  readonly onLost: (error: unknown) => void;
};

const FIRST_RETRY_MS = 25;
const LONGEST_RETRY_MS = 500;
/** Classes of SQLSTATE (PostgreSQL manual, appendix A) that pass: the connection, conflicts, resources, an operator's or the system's doing, a standby, a lock. */
const PASSING = /^(08|40|53|57|58|25006|55P03)/;

/**
 * Works like `runWorker`, and goes on when the connection is lost or the server was gone for a while. Ends without an error once
 * the signal is aborted.
 * @throws what keeps it from beginning, and what does not pass by itself.
 */
export async function keepWorking(db: Sql, scope: Scope, options: KeepWorkingOptions): Promise<void> {
  const { signal, onLost } = options;
  let retry = FIRST_RETRY_MS;
  let began = false;
  let lost = false;
  const onState: WorkerOptions['onState'] = (state, connection) => {
    began = true;
    lost = false;
    retry = FIRST_RETRY_MS;
    return options.onState(state, connection);
  };
  while (!signal.aborted) {
    try {
      return await runWorker(db, scope, { ...options, onState });
    } catch (error) {
      if (signal.aborted) return;
      if (!began || !isPassing(error)) throw error;
      if (!lost) onLost(error);
      lost = true;
      await delay(retry, undefined, { signal }).catch(() => undefined);
      retry = Math.min(2 * retry, LONGEST_RETRY_MS);
    }
  }
}

function isPassing(error: unknown): boolean {
  return isConnectionFailure(error) || (error instanceof Error && 'code' in error && PASSING.test(String(error.code)));
}
