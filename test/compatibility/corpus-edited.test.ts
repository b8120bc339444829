import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareCorpora, type Corpus } from './corpus-operation.ts';
import { type CorpusWorld, createCorpusWorld } from './corpus-world.ts';
import { describePhaseStops } from './describe-phase-stops.ts';
import type { ChoiceIds } from './dynamic-operations.ts';

let world: CorpusWorld;
let ids: ChoiceIds;
/** Right after the edits, with no record migrated. */
let populated: { legacy: Corpus; dynamic: Corpus };
beforeAll(async () => {
  world = await createCorpusWorld();
  await world.crm.populate();
  ids = await world.editChoices();
  populated = { legacy: await world.recordLegacy(), dynamic: await world.recordDynamic(ids) };
}, 120_000);
afterAll(() => world.close());

test('where choices were edited, new operations are answered', () => {
  const answers = [...populated.dynamic];
  expect(answers.filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
  expect(answers.filter(([, answer]) => answer.includes('GRAPHQL_VALIDATION_FAILED'))).toEqual([]);
});

describePhaseStops(
  () => world.crm,
  () =>
    test('every operation, old or new, is answered with the bytes of populated, and every write does the same', async () => {
      expect(compareCorpora(populated.legacy, await world.recordLegacy())).toEqual([]);
      expect(compareCorpora(populated.dynamic, await world.recordDynamic(ids))).toEqual([]);
      expect(world.api.log).toEqual([]);
    }, 120_000),
);
