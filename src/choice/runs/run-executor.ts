import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionFailure } from '../../database/connection-failure.ts';
import type { Sql } from '../../database/owner-database.ts';
import { BlockedError, OperationError, UsageError } from '../../errors.ts';
import { findTenantsById } from '../../tenancy/tenant.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { carryOut } from './carry-out.ts';
import { concludeStatus, type RunRequest, type RunResult, type RunStatus } from './choice-run.ts';
import { adoptRuns, finishRun, insertRun, isHeld, reopenMergeRuns, type StoredRun } from './run-store.ts';
import type { Workplace } from './workplace.ts';

/** Carries out long steps in the background of a server. */
export interface RunExecutor {
  /** Keeps the request and begins with it, or queues it; answers at once. */
  start(request: RunRequest): Promise<StoredRun>;
  /** Stops between two batches, or two fields. What was running stays so, for another server or the next start to take over. */
  close(): Promise<void>;
}

export interface RunExecutorOptions {
  /** Where runs are kept. */
  readonly db: Sql;
  /** Where they are carried out. */
  readonly workplace: Workplace;
  readonly registry: ChoiceRegistry;
  /** As which this server is among the live processes. */
  readonly processId: string;
  /** Told why a run failed; without a run, why none could be looked for. */
  readonly onError: (error: unknown, run?: StoredRun) => void;
  /** Told what a run lost its connection by: it is taken up again. */
  readonly onCutOff: (error: unknown, run: StoredRun) => void;
}

const ADOPT_EVERY_MS = 2_000;
const FINISH_EVERY_MS = 500;

/** Starts to carry out runs, and to look for those whose server is gone, or that were cut off. */
export function createRunExecutor(options: RunExecutorOptions): RunExecutor {
  const { db, workplace, registry, processId, onError, onCutOff } = options;
  const stopped = new AbortController();
  const running = new Map<string, Promise<void>>();

  const execute = (run: StoredRun) => {
    if (running.has(run.id)) return;
    const work = perform(run)
      .catch((error: unknown) => {
        if (stopped.signal.aborted) return;
        if (isConnectionFailure(error)) onCutOff(error, run);
        else onError(error, run);
      })
      .finally(() => running.delete(run.id));
    running.set(run.id, work);
  };
  const perform = async (run: StoredRun) => {
    const outcome = await workplace.work(run.step, async (connections) => {
      // It may have waited for long, or have ended while it was being taken up again.
      if (stopped.signal.aborted || !(await isHeld(db, run.id, processId))) return undefined;
      return settle(async () => {
        const request = await readRequest(run);
        return carryOut(connections, registry, request, { dryRun: false, actor: run.requestedBy, request: run.id, onProgress });
      });
    });
    // An end that we brought about ourselves says nothing about the run.
    if (outcome === undefined || (stopped.signal.aborted && outcome.status === 'failed')) return;
    if (outcome.cause !== undefined) onError(outcome.cause, run);
    await finish(run, outcome);
  };
  const onProgress = () => stopped.signal.throwIfAborted();
  const readRequest = async (run: StoredRun): Promise<RunRequest> => ({
    step: run.step,
    fields: run.fields.map((coordinate) => {
      const field = registry.field(coordinate);
      if (field === undefined) throw new UsageError(`There is no choice field ${coordinate} any more`);
      return field;
    }),
    tenants: run.tenantIds === null ? undefined : await findTenantsById(db, run.tenantIds),
    to: run.options.to,
    reason: run.reason ?? undefined,
    requestedBy: run.requestedBy,
  });
  /** What a run came to is told until the database hears it: nobody else knows. */
  const finish = async (run: StoredRun, outcome: Outcome) => {
    for (;;)
      try {
        return await finishRun(db, run.id, processId, outcome);
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
        await delay(FINISH_EVERY_MS, undefined, { signal: stopped.signal });
      }
  };

  const adopt = async () => {
    try {
      await reopenMergeRuns(db);
      const runs = await adoptRuns(db, processId, [...running.keys()]);
      if (!stopped.signal.aborted) runs.forEach(execute);
    } catch (error) {
      // A database that restarts is asked again the next time.
      if (!stopped.signal.aborted && !isConnectionFailure(error)) onError(error);
    }
  };
  let adopting: Promise<void> | undefined;
  const look = () => void (adopting ??= adopt().finally(() => (adopting = undefined)));
  look();
  const timer = setInterval(look, ADOPT_EVERY_MS);
  timer.unref();

  return {
    start: async (request) => {
      const run = await insertRun(db, request, processId);
      execute(run);
      return run;
    },
    close: async () => {
      stopped.abort();
      clearInterval(timer);
      await adopting;
      await Promise.all(running.values());
    },
  };
}

interface Outcome {
  readonly status: RunStatus;
  readonly result: RunResult | null;
  readonly error: string | null;
  /** What made it fail. */
  readonly cause?: unknown;
}

/** @throws what a lost connection cut off: that has not ended. */
async function settle(work: () => Promise<RunResult>): Promise<Outcome> {
  try {
    const result = await work();
    return { status: concludeStatus(result), result, error: null };
  } catch (error) {
    if (isConnectionFailure(error)) throw error;
    if (error instanceof BlockedError) {
      const result = { ok: false, fields: [], findings: [], blockers: error.blockers };
      return { status: concludeStatus(result), result, error: null };
    }
    const isTold = error instanceof UsageError || error instanceof OperationError;
    return { status: 'failed', result: null, error: isTold ? error.message : 'Internal error', cause: error };
  }
}
