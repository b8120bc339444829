import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { compareCorpora, type Corpus } from './corpus-operation.ts';
import { type CorpusWorld, createCorpusWorld } from './corpus-world.ts';
import type { ChoiceIds } from './dynamic-operations.ts';
import { migrateHalf } from './half-migration.ts';

let world: CorpusWorld;
beforeAll(async () => {
  world = await createCorpusWorld();
});
afterAll(() => world.close());

async function countMigrated(): Promise<{ missing: number; mapped: number }> {
  const { crm } = world;
  const reports = await countRecords(crm.owner.sql, crm.scope);
  return { missing: reports.reduce((sum, { missing }) => sum + missing, 0), mapped: reports.reduce((sum, { mapped }) => sum + mapped, 0) };
}

/** Answers without what they tell of deprecations, by names without the path. */
function withoutDeprecations(corpus: Corpus, path: string): Corpus {
  const told = /,"extensions":\{"deprecations":\[(\{("(coordinate|reason|replacement|sunset)":"[^"\\]*",?)+\},?)+\]\}\}$/gm;
  return new Map([...corpus].map(([name, answer]) => [name.replace(`${path} `, ''), answer.replaceAll(told, '}')]));
}

describe('the corpus is answered with the same bytes at every phase', () => {
  let legacy: Corpus;
  let edited: { legacy: Corpus; dynamic: Corpus };
  let ids: ChoiceIds;

  test('at expanded: legacy operations are answered, and every one that reads a record finds some', async () => {
    legacy = await world.recordLegacy();
    expect(legacy.size).toBeGreaterThan(400);
    const found = [...legacy].filter(([name]) => /as they come|all at once|every page/.test(name));
    expect(found.filter(([, answer]) => !/"id":"01900000/.test(answer))).toEqual([]);
    expect([...legacy].filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
    // A client of the old version is not told of what it does not have.
    expect(
      [...legacy].filter(
        ([name, answer]) =>
          name.includes('/graphql/2026-01') && !answer.includes('GRAPHQL_VALIDATION_FAILED') && /[a-z](Ref|Label)\b/.test(answer),
      ),
    ).toEqual([]);
  });

  test('after populate', async () => {
    await world.crm.populate();
    expect(compareCorpora(legacy, await world.recordLegacy())).toEqual([]);
  });

  test('after choices were edited: new operations are answered', async () => {
    ids = await world.editChoices();
    edited = { legacy: await world.recordLegacy(), dynamic: await world.recordDynamic(ids) };
    expect([...edited.dynamic].filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
    expect([...edited.dynamic].filter(([, answer]) => answer.includes('GRAPHQL_VALIDATION_FAILED'))).toEqual([]);
  });

  test('halfway through migrate', async () => {
    const before = await countMigrated();
    expect(before.mapped).toBe(0);
    const half = await migrateHalf(world.crm);
    const during = await countMigrated();
    expect(during.missing).toBeGreaterThan(before.missing / 4);
    expect(during.mapped).toBeGreaterThan(before.missing / 4);
    try {
      expect(compareCorpora(edited.legacy, await world.recordLegacy())).toEqual([]);
      expect(compareCorpora(edited.dynamic, await world.recordDynamic(ids))).toEqual([]);
      expect(await countMigrated()).toEqual(during);
    } finally {
      await half.finish();
    }
  });

  test('after migrate', async () => {
    await migrateRecords(world.crm.owner.sql, world.crm.scope, world.crm.run);
    expect((await countMigrated()).missing).toBe(0);
    expect(compareCorpora(edited.legacy, await world.recordLegacy())).toEqual([]);
    expect(compareCorpora(edited.dynamic, await world.recordDynamic(ids))).toEqual([]);
  });

  test('and the current version answers an old client the same: besides, it tells what is deprecated', async () => {
    const [old, current] = [await world.recordLegacy('/graphql/2026-01'), await world.recordLegacy('/graphql')];
    const told = [...current.values()].filter((answer) => answer.includes('"extensions":{"deprecations":[{'));
    expect(told.length).toBeGreaterThan(400);
    const differences = compareCorpora(withoutDeprecations(old, '/graphql/2026-01'), withoutDeprecations(current, '/graphql'));
    expect(differences.filter((difference) => !/^\w+ a (member|query) that 2026-01 does not have\n/.test(difference))).toEqual([]);
  });

  test('and nothing was logged', () => expect(world.api.log).toEqual([]));
});
