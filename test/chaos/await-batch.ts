import { setTimeout as delay } from 'node:timers/promises';
import { readProgress } from './chaos-rows.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** Far beyond what may pass: for a machine that is busy. */
const CAP_MS = 60_000;

/**
 * Waits until more rows than are known are done; false where no row was left.
 * @throws where a worker has ended though nobody ended it, or nothing was done for `cap` milliseconds.
 */
export async function awaitBatch(world: ChaosWorld, known: number, cap = CAP_MS): Promise<boolean> {
  const deadline = performance.now() + cap;
  for (;;) {
    const ended = await listEnded(world);
    if (ended.length > 0) throw new Error(ended.join('\n'));
    const { done, total, wanted } = await readProgress(world);
    if (done > known) return true;
    if (!wanted) return false;
    if (performance.now() > deadline) throw new Error(`no batch for ${cap / 1_000} s: ${done} of ${total} rows are done`);
    await delay(10);
  }
}

/** Workers that ended though nobody ended them. */
export async function listEnded({ workers }: ChaosWorld): Promise<string[]> {
  const ends = await Promise.all(workers.map(({ ended }) => Promise.race([ended, Promise.resolve(undefined)])));
  return workers.flatMap(({ output }, n) => (ends[n] === undefined ? [] : [`a worker ended with ${ends[n]}: ${output.stderr.at(-1)}`]));
}
