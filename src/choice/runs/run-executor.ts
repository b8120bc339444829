import { isConnectionFailure } from '../../database/connection-failure.ts';
import type { Sql } from '../../database/owner-database.ts';
import { BlockedError, OperationError, UsageError } from '../../errors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { listTenants } from '../../tenancy/tenant.ts';
import type { ChoiceRegistry } from '../choice-registry.ts';
import { carryOut } from './carry-out.ts';
import type { RunRequest, RunResult, RunStatus } from './choice-run.ts';
import { adoptRuns, finishRun, insertRun, type StoredRun } from './run-store.ts';

/** Carries out long steps in the background of a server. */
export interface RunExecutor {
  /** Keeps the request and begins with it; answers at once. */
  start(request: RunRequest): Promise<StoredRun>;
  /** Stops between two batches. What was running stays so, for another server or the next start to take over. */
  close(): Promise<void>;
}

export interface RunExecutorOptions {
  /** Connections of its own: a run may hold some for long. */
  readonly db: Sql;
  readonly registry: ChoiceRegistry;
  /** As which this server is among the live processes. */
  readonly processId: string;
  /** Told of what is nobody's mistake but ours, or the database's. */
  readonly onError: (error: unknown) => void;
}

const ADOPT_EVERY_MS = 5_000;

/** Starts to carry out runs, and to look for those whose server is gone. */
export function createRunExecutor({ db, registry, processId, onError }: RunExecutorOptions): RunExecutor {
  const stopped = new AbortController();
  const running = new Map<string, Promise<void>>();

  const execute = (run: StoredRun) => {
    if (running.has(run.id)) return;
    const work = perform(run)
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) onError(error);
      })
      .finally(() => running.delete(run.id));
    running.set(run.id, work);
  };
  const perform = async (run: StoredRun) => {
    const outcome = await settle(async () =>
      carryOut(db, registry, await readRequest(run), { dryRun: false, actor: run.requestedBy, onProgress }),
    );
    // An end that we brought about ourselves says nothing about the run.
    if (stopped.signal.aborted && outcome.status === 'failed') return;
    if (outcome.cause !== undefined) onError(outcome.cause);
    await finishRun(db, run.id, processId, outcome);
  };
  const onProgress = () => stopped.signal.throwIfAborted();
  const readRequest = async (run: StoredRun): Promise<RunRequest> => ({
    step: run.step,
    fields: run.fields.map((coordinate) => {
      const field = registry.field(coordinate);
      if (field === undefined) throw new UsageError(`There is no choice field ${coordinate} any more`);
      return field;
    }),
    tenants: run.tenantIds === null ? undefined : await findTenants(db, run.tenantIds),
    to: run.options.to,
    reason: run.reason ?? undefined,
    requestedBy: run.requestedBy,
  });

  const adopt = async () => {
    try {
      for (const run of await adoptRuns(db, processId)) execute(run);
    } catch (error) {
      // A database that restarts is asked again the next time.
      if (!stopped.signal.aborted && !isConnectionFailure(error)) onError(error);
    }
  };
  let adopting = adopt();
  const timer = setInterval(() => void (adopting = adopting.then(adopt)), ADOPT_EVERY_MS);
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

async function findTenants(db: Sql, ids: readonly string[]): Promise<Tenant[]> {
  return (await listTenants(db)).filter((tenant) => ids.includes(tenant.id));
}

interface Outcome {
  readonly status: RunStatus;
  readonly result: RunResult | null;
  readonly error: string | null;
  readonly cause?: unknown;
}

async function settle(work: () => Promise<RunResult>): Promise<Outcome> {
  try {
    const result = await work();
    return { status: result.ok || result.findings.length > 0 ? 'succeeded' : 'blocked', result, error: null };
  } catch (error) {
    if (error instanceof BlockedError)
      return { status: 'blocked', result: { ok: false, fields: [], findings: [], blockers: error.blockers }, error: null };
    if (error instanceof UsageError || error instanceof OperationError) return { status: 'failed', result: null, error: error.message };
    return { status: 'failed', result: null, error: 'Internal error', cause: error };
  }
}
