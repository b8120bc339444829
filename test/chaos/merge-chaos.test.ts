import { expect, test } from '@jest/globals';
import { runMergeChaos } from './run-merge-chaos.ts';

/** The short form; `npm run chaos:merge` merges a choice of 200,000 records. A server that is killed is missed after 5 s. */
test('a merge whose mover is killed is seen by nobody as half done, goes on, and is undone but for what was edited', async () => {
  const result = await runMergeChaos({ leads: 3_000, kills: 1, seed: 20_261_122, withinMs: 120_000, say: () => undefined });
  const { faults, edited, restored, moved, movedAtKills, batches, seen, written } = result;
  expect(faults).toEqual([]);
  expect({ edited, restored, moved }).toEqual({ edited: 10, restored: 2_990, moved: 2_995 });
  expect(movedAtKills).toEqual([expect.any(Number)]);
  expect(movedAtKills[0]).toBeGreaterThanOrEqual(1_500);
  expect(movedAtKills[0]).toBeLessThan(3_000);
  expect(batches).toBeGreaterThan(10);
  expect(Math.min(seen.before, seen.after, written)).toBeGreaterThan(0);
}, 150_000);
