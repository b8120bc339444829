import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { createTurns, STRAIN_EVERY_MS } from './backfill/turns.ts';
import { workOnce } from './backfill/work.ts';
import { isInScope } from './progress.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { Scope } from './run.ts';

/** What a worker is at. */
export type WorkerState =
  | { readonly kind: 'working'; readonly field: string; readonly tenant: string; readonly updated: number }
  /** Others feel the backfill too much. */
  | { readonly kind: 'holding'; readonly reason: string }
  /** There is work, but others are at it, or it waits for something; `paused`: all of it is paused. */
  | { readonly kind: 'waiting'; readonly paused: boolean }
  | { readonly kind: 'idle' };

export interface WorkerOptions {
  /**
   * Told after every batch and every look for one, between two transactions; `connection` is the worker's, for what is to be read
   * then. What it throws ends the worker.
   */
  readonly onState: (state: WorkerState, connection: Sql) => Promise<void> | void;
  /** Whether the worker ends at a state. */
  readonly endsAt: (state: WorkerState) => boolean;
  /** Ends the worker after its batch, or in its sleep. */
  readonly signal?: AbortSignal;
  /** How long a part may wait for transactions of others, in milliseconds. */
  readonly openTransactionCap?: number;
}

const OPEN_TRANSACTION_CAP_MS = 60_000;
/** How long to sleep before looking for work again. */
const SLEEP_MS = { working: 0, holding: STRAIN_EVERY_MS, waiting: 100, idle: 500 } as const satisfies Record<WorkerState['kind'], number>;

/**
 * Works on whatever was asked for in the scope, batch by batch, on one connection: at the pace that is set, and not while others feel
 * it too much. Any number of workers, on any hosts, share the work by the database alone; one that is killed costs one batch.
 * @throws whatever is wrong with the connection; nothing is half done then.
 */
export async function runWorker(db: Sql, scope: Scope, options: WorkerOptions): Promise<void> {
  await assertSeesEveryRow(db, scope.fields);
  await db.connection().execute(async (connection) => {
    const turns = createTurns(connection, scope.registry, options.signal);
    while (options.signal?.aborted !== true) {
      const state = await turn();
      await options.onState(state, connection);
      if (options.endsAt(state)) return;
      if (SLEEP_MS[state.kind] > 0) await sleep(SLEEP_MS[state.kind], options.signal);
    }

    async function turn(): Promise<WorkerState> {
      if (turns.isStrainDue()) {
        const state = await findState(connection, scope);
        if (state.kind === 'idle' || state.paused) return state;
      }
      const { openTransactionCap = OPEN_TRANSACTION_CAP_MS } = options;
      const taken = await turns.take((batchSize) => workOnce(connection, scope, { batchSize, openTransactionCap }));
      if (taken.held !== undefined) return { kind: 'holding', reason: taken.held };
      const { work } = taken;
      if (work === undefined) return findState(connection, scope);
      return { kind: 'working', field: work.part.field.coordinate, tenant: work.part.tenant.slug, updated: work.updated };
    }
  });
}

/** What there is to do when there is nothing to claim. */
async function findState(db: Sql, scope: Scope): Promise<Extract<WorkerState, { kind: 'waiting' | 'idle' }>> {
  const { rows } = await sql<{ paused: boolean | null }>`
    SELECT bool_and(paused_by IS NOT NULL) AS paused FROM choice_tenant_state AS state
    WHERE wanted AND field = ANY (${scope.fields.map((field) => field.coordinate)}::text[]) AND ${isInScope(scope)}`.execute(db);
  const { paused } = rows[0]!;
  return paused === null ? { kind: 'idle' } : { kind: 'waiting', paused };
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
