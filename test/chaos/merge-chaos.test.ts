import { expect, test } from '@jest/globals';
import { runMergeChaos } from './run-merge-chaos.ts';

/** The short form; `npm run chaos:merge` merges 200,000. */
test('a merge whose mover is killed is seen by nobody as half done, goes on, and is undone but for what was edited', async () => {
  const result = await runMergeChaos({ leads: 3_000, kills: 2, seed: 20_261_122, say: () => undefined });
  expect(result.faults).toEqual([]);
  expect(result).toMatchObject({ edited: 10, movedAtKills: [expect.any(Number), expect.any(Number)] });
  expect(Math.min(result.seen.before, result.seen.after, result.written)).toBeGreaterThan(0);
}, 180_000);
