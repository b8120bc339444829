import { expect, test } from '@jest/globals';
import { buildClientSchema, introspectionFromSchema } from 'graphql';
import { behaviours } from './cases.ts';
import { createPair } from './compare.ts';
import { type Random, writeOperation, writeValue } from './random-operation.ts';
import { createToySchema, hashText } from './toy-schema.ts';

const OPERATIONS = 1_500;
const SEED = Number(process.env.SEED ?? 20_261_123);

test(`${OPERATIONS} random operations, from seed ${SEED} on, are answered as by graphql-js, with resolvers that fail here and there`, async () => {
  const schema = buildClientSchema(introspectionFromSchema(createToySchema([])), { assumeValid: true });
  const answers = behaviours.map(([, , answer]) => answer);
  const seen = { data: 0, errors: 0, refused: 0 };
  let seed = 0;
  // What a resolver does depends on where it is: whoever asks first.
  const run = createPair(() => (coordinate, path) => {
    const hash = hashText(`${seed} ${coordinate} ${path}`);
    return hash % 9 === 0 ? answers[(hash >>> 8) % answers.length]!() : undefined;
  });
  for (let n = 0; n < OPERATIONS; n++) {
    seed = SEED + n;
    const random = createRandom(seed);
    const { text, variables } = writeOperation(schema, random);
    for (let time = 0; time < 3; time++) {
      const given = Object.fromEntries(
        [...variables].map(([name, type]) => [name, writeValue(random, type)]).filter(([, value]) => value !== undefined),
      );
      let both;
      try {
        both = await run(text, given, 'Q');
      } catch (error) {
        if (!/conflict|expected a valid operation/.test(String(error))) throw error;
        seen.refused += 1;
        break;
      }
      const [compiled, interpreted] = both;
      try {
        expect(compiled).toEqual(interpreted);
      } catch (error) {
        throw new Error(`seed ${seed}\n${text}\n${JSON.stringify(given)}\n${String(error)}`, { cause: error });
      }
      seen[interpreted.errors.length > 0 ? 'errors' : 'data'] += 1;
    }
  }
  // It tries what it is to try.
  expect(seen.data).toBeGreaterThan(OPERATIONS / 4);
  expect(seen.errors).toBeGreaterThan(OPERATIONS / 4);
  expect(seen.refused).toBeLessThan(OPERATIONS / 4);
});

/** Mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
