/** Numbers that look random, and are the same on every machine and in every run. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** True once in so many times. */
  onceIn(times: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** The first items more often than the last: the n-th about 1 / n times as often as the first. */
  pickEarly<T>(items: readonly T[]): T;
}

/** A sequence for each seed: mulberry32, seeded by the FNV-1a hash of the text. Whole-number arithmetic only. */
export function createRandom(seed: string): Random {
  let state = hash(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    onceIn: (times) => below(times) === 0,
    pick: (items) => items[below(items.length)]!,
    pickEarly: (items) => {
      const weights = items.map((_, index) => Math.floor(1_000 / (index + 1)));
      let left = below(weights.reduce((sum, weight) => sum + weight, 0));
      return items[weights.findIndex((weight) => (left -= weight) < 0)]!;
    },
  };
}

function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return state | 0;
}
