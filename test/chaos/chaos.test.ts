import { expect, test } from '@jest/globals';
import { runChaos } from './run-chaos.ts';

/** The short form; `npm run chaos` kills a hundred times. */
test('kills of workers, backends and the whole server lose no acknowledged write and redo nothing', async () => {
  const result = await runChaos({ kills: 6, leads: 4_000, seed: 20_261_122, say: () => undefined });
  const { resumes, acknowledged, backfilled, killed, ...faults } = result;
  expect(faults).toEqual({ lost: [], rewritten: [], doneTwice: [], faults: [] });
  expect(acknowledged).toBeGreaterThan(100);
  expect(backfilled).toBeGreaterThan(4_000);
  expect(resumes.length).toBe(6);
  expect(Math.min(killed.backend, killed.postmaster, killed.worker + killed['the only worker'])).toBeGreaterThan(0);
}, 180_000);
