import { expect, test } from '@jest/globals';
import { createWriteLatency } from '../../src/choice/write-latency.ts';

test('writes are remembered for two seconds', () => {
  let now = 0;
  const latency = createWriteLatency(() => now);
  latency.record(900);
  now = 2_000;
  expect(latency.slowestTwentieth()).toBe(900);
  now = 2_001;
  expect(latency.slowestTwentieth()).toBeNull();
});

test('what is forgotten comes back neither from before nor from a write that was under way', () => {
  let now = 1_000;
  const latency = createWriteLatency(() => now);
  latency.record(900);
  latency.forget();
  expect(latency.slowestTwentieth()).toBeNull();
  now = 1_500;
  latency.record(501);
  expect(latency.slowestTwentieth()).toBeNull();
  latency.record(500);
  expect(latency.slowestTwentieth()).toBe(500);
});
