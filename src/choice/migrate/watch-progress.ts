import type { Sql } from '../../database/owner-database.ts';
import { type PartProgress, readProgress } from './progress.ts';
import type { Progress, RunOptions, Scope } from './run.ts';
import type { WorkerState } from './worker.ts';

const READ_EVERY_MS = 100;

/**
 * Reports how far the parts of a scope are, whoever works on them: the part that moved last, and all together. To be called with
 * every state of a worker, and its connection; what `onProgress` throws goes through.
 */
export function watchProgress(scope: Scope, onProgress: RunOptions['onProgress']): (state: WorkerState, db: Sql) => Promise<void> {
  let parts: readonly PartProgress[] = [];
  let current: PartProgress | undefined;
  let due = Number.NEGATIVE_INFINITY;
  return async (state, db) => {
    const start = performance.now();
    if (state.kind === 'idle' || start >= due) {
      const before = new Map(parts.map((part) => [keyOf(part), part.done]));
      parts = await readProgress(db, scope);
      // Where there are so many parts that it takes long, it is done less often.
      due = start + Math.max(READ_EVERY_MS, 20 * (performance.now() - start));
      const moved = parts.filter((part) => part.done !== (before.get(keyOf(part)) ?? 0));
      current = moved.at(-1) ?? parts.find((part) => part.wanted) ?? parts.at(-1);
    }
    if (current !== undefined) onProgress(describe(current, parts, noteOf(state, parts)));
  };
}

function describe({ field, tenant, done, total }: PartProgress, parts: readonly PartProgress[], note: string | undefined): Progress {
  const all = { done: sum(parts.map((part) => part.done)), total: sum(parts.map((part) => part.total)) };
  return { step: 'migrate', field, tenant, done, total, ...(parts.length > 1 && { all }), ...(note !== undefined && { note }) };
}

function noteOf(state: WorkerState, parts: readonly PartProgress[]): string | undefined {
  if (state.kind === 'holding') return `holding: ${state.reason}`;
  if (state.kind !== 'waiting') return undefined;
  const paused = state.paused ? parts.find((part) => part.wanted && part.paused !== null)?.paused : undefined;
  if (paused) return `paused by ${paused.by}${paused.reason === null ? '' : `: ${paused.reason}`}`;
  const wanted = parts.filter((part) => part.wanted);
  if (wanted.some((part) => part.stage === 'await')) return 'waiting for transactions that were open before';
  return wanted.find((part) => part.error !== null)?.error ?? 'waiting for rows that others hold, or for other workers';
}

function keyOf(part: PartProgress): string {
  return `${part.field} ${part.tenant}`;
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}
