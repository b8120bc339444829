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

/** A sequence for each seed: the generator sfc32 (Doty-Humphrey, PractRand), seeded by hashes of the text. Whole numbers only. */
export function createRandom(seed: string): Random {
  let [a, b, c, counter] = [hash(`${seed} a`), hash(`${seed} b`), hash(`${seed} c`), 1];
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  // The seeds are alike at first; twelve rounds later they are not.
  for (let round = 0; round < 12; round++) next();
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

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193);
  return state | 0;
}
