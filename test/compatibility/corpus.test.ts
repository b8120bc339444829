import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareCorpora, type Corpus, type CorpusOperation } from './corpus-operation.ts';
import { type CorpusWorld, createCorpusWorld, CURRENT, LEGACY } from './corpus-world.ts';
import { describePhaseStops } from './describe-phase-stops.ts';
import { legacyClientReads, legacyClientWrites } from './legacy-client.ts';
import { ABSENT_FROM_2026_01, legacyReads } from './legacy-reads.ts';
import { legacyWrites } from './legacy-writes.ts';
import { listMembers, listUsed, schemaOf } from './schema-members.ts';

const EXTENSIONS = /,"extensions":\{"deprecations":\[(\{("(coordinate|reason|replacement|sunset)":"[^"\\]*",?)+\},?)+\]\}\}$/gm;

/** What a client of 2026-01 is answered at expanded, there and by the current version: what it is answered at every phase. */
let expanded: { legacy: Corpus; current: Corpus };
let world: CorpusWorld;
beforeAll(async () => {
  world = await createCorpusWorld();
  expanded = { legacy: await world.recordLegacy(LEGACY), current: await world.recordLegacy(CURRENT) };
}, 120_000);
afterAll(() => world.close());

/** By names without the path. */
function withoutPath(corpus: Corpus, path: string): Corpus {
  return new Map([...corpus].map(([name, answer]) => [name.replace(`${path} `, ''), answer]));
}

function withoutDeprecations(corpus: Corpus): Corpus {
  return new Map([...corpus].map(([name, answer]) => [name, answer.replaceAll(EXTENSIONS, '}')]));
}

describe('at expanded', () => {
  test('every operation is answered, and every one that reads a record finds some', () => {
    const answers = [...expanded.legacy, ...expanded.current];
    expect(expanded.legacy.size).toBeGreaterThan(400);
    expect(expanded.current.size).toBe(expanded.legacy.size);
    const found = answers.filter(([name]) => /as they come|all at once|every page/.test(name));
    expect(found.filter(([, answer]) => !/"id":"01900000/.test(answer))).toEqual([]);
    expect(answers.filter(([, answer]) => answer.includes('INTERNAL_SERVER_ERROR'))).toEqual([]);
  });

  test('a client of 2026-01 is not told of what it does not have', () => {
    const accepted = [...expanded.legacy].filter(([, answer]) => !answer.includes('GRAPHQL_VALIDATION_FAILED'));
    expect(accepted.filter(([, answer]) => /[a-z](Ref|Label)\b|"extensions":\{"deprecations"/.test(answer))).toEqual([]);
  });

  test('documents with variables and fragments succeed, but for writes of nothing and of what is no choice', () => {
    expect(legacyClientReads.filter((operation) => !succeeds(operation))).toEqual([]);
    const refused = legacyClientWrites.filter((operation) => !succeeds(operation)).map(({ name }) => name);
    expect(refused.filter((name) => !/, (nothing|an alias|an unknown value)$/.test(name))).toEqual([]);
  });

  test('operations that succeed use every member of 2026-01', async () => {
    const schema = await schemaOf('2026-01');
    const succeeding = [...legacyReads, ...legacyWrites].filter(succeeds);
    expect(succeeding.length).toBeGreaterThanOrEqual(60);
    const used = listUsed(schema, succeeding);
    expect(listMembers(schema).filter((member) => !used.has(member))).toEqual([]);
  });

  test('the current version answers the same: besides, it tells what is deprecated', () => {
    const current = withoutPath(expanded.current, CURRENT);
    const told = [...current.values()].filter((answer) => answer.includes('"extensions":{"deprecations":[{'));
    expect(told.length).toBeGreaterThan(400);
    const differences = compareCorpora(withoutPath(expanded.legacy, LEGACY), withoutDeprecations(current));
    const isAbsent = (difference: string) => ABSENT_FROM_2026_01.some((name) => new RegExp(`^\\w+ ${name}\n`).test(difference));
    expect(differences.filter((difference) => !isAbsent(difference))).toEqual([]);
  });
});

function succeeds({ name }: CorpusOperation): boolean {
  return [`acme ${LEGACY} ${name}`, `${LEGACY} ${name}`].some((key) => expanded.legacy.get(key)?.includes('"errors":') === false);
}

/** Whatever the server has cached or prepared by then: both versions in turn. */
function testEveryAnswer(): void {
  test('every operation is answered with the bytes of expanded, and every write does the same, on both versions', async () => {
    expect(compareCorpora(expanded.legacy, await world.recordLegacy(LEGACY))).toEqual([]);
    const absent = (name: string) => ABSENT_FROM_2026_01.some((each) => name.endsWith(` ${each}`));
    const known = (corpus: Corpus) => new Map([...corpus].filter(([name]) => !absent(name)));
    expect(compareCorpora(known(expanded.current), known(await world.recordLegacy(CURRENT)))).toEqual([]);
  }, 120_000);
}

describe('populated', () => {
  beforeAll(() => world.crm.populate());
  testEveryAnswer();
});

describePhaseStops(() => world.crm, testEveryAnswer);

test('nothing was logged', () => expect(world.api.log).toEqual([]));
