import { expect, test } from '@jest/globals';
import { awaitBatch } from './await-batch.ts';
import type { ChaosWorld } from './chaos-world.ts';

const WORKS = { ended: new Promise<never>(() => {}), output: { stdout: [], stderr: [] } };
const HAS_ENDED = { ended: Promise.resolve(1), output: { stdout: [], stderr: ['begins', 'out of memory'] } };

/** A world whose progress is each of these in turn, and the last one from then on. */
function createWorld(progress: readonly { done: number; wanted: boolean }[], workers: readonly object[] = [WORKS]): ChaosWorld {
  let asked = 0;
  const query = () => Promise.resolve([{ total: 9, ...progress[Math.min(asked++, progress.length - 1)]! }]);
  return { workers, query } as unknown as ChaosWorld;
}

test('waits for the next batch', async () => {
  const world = createWorld([
    { done: 3, wanted: true },
    { done: 3, wanted: true },
    { done: 4, wanted: true },
  ]);
  expect(await awaitBatch(world, 3)).toBe(true);
});

test('does not wait where no row is left', async () => {
  expect(await awaitBatch(createWorld([{ done: 3, wanted: false }]), 3)).toBe(false);
});

test('a worker that ended by itself is told at once', async () => {
  await expect(awaitBatch(createWorld([{ done: 3, wanted: true }], [WORKS, HAS_ENDED]), 3)).rejects.toThrow(
    'a worker ended with 1: out of memory',
  );
});

test('gives up where nothing is done', async () => {
  await expect(awaitBatch(createWorld([{ done: 3, wanted: true }]), 3, 0)).rejects.toThrow('no batch for 0 s: 3 of 9 rows are done');
});
