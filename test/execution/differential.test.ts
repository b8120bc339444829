import { describe, expect, test } from '@jest/globals';
import { behaviours, cases } from './cases.ts';
import { createPair } from './compare.ts';

describe('an operation that is planned answers, and calls resolvers, as graphql-js does', () => {
  test.each(cases)('%s', async (_what, operation, ...variables) => {
    const run = createPair();
    for (const given of variables.length === 0 ? [{}, {}] : variables) {
      const [compiled, interpreted] = await run(operation, given);
      expect(compiled).toEqual(interpreted);
    }
  });
  test.each(behaviours)('where a resolver answers %s', async (_what, coordinate, answer, operation) => {
    const run = createPair(() => (each) => (each === coordinate ? answer() : undefined));
    for (let n = 0; n < 2; n++) {
      const [compiled, interpreted] = await run(operation);
      expect(compiled).toEqual(interpreted);
    }
  });
});
