import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkVersions, listOpenVersions } from '../../../src/evolution/check/check-versions.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import { hashSdl } from '../../../src/evolution/versions/published-version.ts';
import type { PublishedVersion } from '../../../src/evolution/versions/published-version.ts';
import { DEPRECATED, evidenceOf, LIFECYCLE, SDL, useVersionsFolder, VERSIONS } from './versions-folder.ts';

const folder = useVersionsFolder();
const { make, commit, refused, list } = folder;
const JULY = { name: '2027-07', month: '2027-07' };
const [FIRST, SECOND, NEXT] = VERSIONS;
const WITH_JULY = [FIRST!, SECOND!, JULY, NEXT!];

/** The last entry as the gate writes it when the sunset was passed over, and changed. */
function withEvidence(entries: readonly PublishedVersion[], changed: object): object[] {
  const forced = { reason: 'why', overridden: [{ coordinate: 'Query.industry', code: 'TOO_EARLY' }] };
  return [...entries.slice(0, -1), { ...entries.at(-1), evidence: evidenceOf('Query.industry', 'TOO_EARLY'), forced, ...changed }];
}

describe('a version that breaks operations of the one before it', () => {
  test('has to be published, however its removals were announced; the finding says how', async () => {
    const made = make([['Query.industry', { deprecated: DEPRECATED, removed: '2027-07' }], LIFECYCLE[1]!], SDL, WITH_JULY);
    await commit(made);
    expect(await refused(made)).toEqual(['UNPUBLISHED_REMOVAL 2027-07 schema']);
    const [finding] = await checkVersions(made, defaultPolicy);
    expect(finding?.message).toBe(
      '2027-07 breaks operations of 2026-11 (Kind, Query.industry) and is not published. Run: choices schema publish 2027-07.',
    );
    await list(withEvidence(await commit(made, ['2026-01', '2026-11', '2027-07']), {}));
    expect(await refused(made)).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['no evidence', { evidence: undefined }, 'and its entry no verdict on that'],
    ['evidence of another member', { evidence: evidenceOf('Query.industryRef', 'SAFE') }, 'and its entry no verdict on that'],
    ['a verdict that nobody passed over', { evidence: evidenceOf('Query.industry', 'IN_USE') }, 'which was IN_USE when it was published'],
    [
      'a use that was passed over',
      {
        evidence: evidenceOf('Query.industry', 'IN_USE'),
        forced: { reason: 'why', overridden: [{ coordinate: 'Query.industry', code: 'IN_USE' }] },
      },
      'which was IN_USE when it was published',
    ],
    ['a day before the sunset', { evidence: evidenceOf('Query.industry', 'SAFE'), forced: undefined }, 'before its sunset'],
    ['a day that has not come', { publishedAt: '2099-01-01T00:00:00.000Z' }, 'which has not come'],
    ['an end of the current version', { ends: '2099-01-01' }, 'is the current version, and ends on 2099-01-01'],
  ])('is not published by an entry with %s', async (_, changed, expected) => {
    const made = make([['Query.industry', { deprecated: DEPRECATED, removed: '2027-07' }], LIFECYCLE[1]!], SDL, WITH_JULY);
    await list(withEvidence(await commit(made, ['2026-01', '2026-11', '2027-07']), changed));
    const found = await checkVersions(made, defaultPolicy);
    expect(found.filter(({ judgement }) => judgement === 'refused').map(({ kind, schema }) => `${kind} ${schema}`)).toEqual([
      'UNPROVEN_PUBLICATION 2027-07',
    ]);
    expect(found[0]?.message).toContain(expected);
  });

  test('has to be published wherever it stands in the list', async () => {
    const lifecycle: LifecycleEntry[] = [['Query.industry', { deprecated: DEPRECATED, removed: '2027-07' }]];
    const made = make(lifecycle, SDL, [JULY, FIRST!, SECOND!, NEXT!]);
    await commit(made);
    expect(await refused(made)).toContain('UNPUBLISHED_REMOVAL 2027-07 schema');
  });

  test('may stay open where it only adds; next never needs to be published', async () => {
    const made = make([...LIFECYCLE, ['Query.gone', { introduced: '2027-07' }]], SDL, WITH_JULY);
    await commit(made);
    expect(await refused(made)).toEqual([]);
  });
});

describe('a version that is published, and without what an older one has', () => {
  const JULY_LIFECYCLE: LifecycleEntry[] = [['Query.industry', { deprecated: DEPRECATED, removed: '2027-07' }], LIFECYCLE[1]!];

  test('is proven after the one between them, which said that it would go, has ended', async () => {
    const made = make(JULY_LIFECYCLE, SDL, WITH_JULY);
    const entries = withEvidence(await commit(made, ['2026-01', '2026-11', '2027-07']), {}) as PublishedVersion[];
    const ended = entries.map((entry) => (entry.name === '2026-11' ? { ...entry, ends: '2026-12-01' } : entry));
    const without = make(JULY_LIFECYCLE, SDL, [FIRST!, JULY, NEXT!]);
    await list(ended);
    expect(await refused(without)).toEqual([]);

    await list(ended.map((entry) => (entry.name === '2027-07' ? { ...entry, evidence: undefined } : entry)));
    expect(await refused(without)).toEqual(['UNPROVEN_PUBLICATION 2027-07 schema']);
  });

  test('is proven by what the one between them went without', async () => {
    const month: LifecycleEntry[] = [
      ['Query.industry', { deprecated: { ...DEPRECATED, since: '2026-01', sunset: '2026-11' }, removed: '2026-11' }],
      LIFECYCLE[1]!,
    ];
    const made = make(month, SDL, WITH_JULY);
    const entries = await commit(made, ['2026-01', '2026-11', '2027-07']);
    const proof = { publishedAt: '2026-11-02T00:00:00.000Z', ends: '2026-12-01', evidence: evidenceOf('Query.industry', 'SAFE') };
    await list(
      entries.map((entry) => ({
        ...entry,
        ...(entry.name !== '2026-01' && { publishedAt: proof.publishedAt }),
        ...(entry.name === '2026-11' && proof),
      })),
    );
    expect(await refused(make(month, SDL, [FIRST!, JULY, NEXT!]))).toEqual([]);
  });

  test('is not proven by one between them that nobody made', async () => {
    const without = make(JULY_LIFECYCLE, SDL, [FIRST!, JULY, NEXT!]);
    const [first, july] = (await commit(without, ['2026-01', '2027-07'])) as [PublishedVersion, PublishedVersion];
    await writeFile(join(folder.directory, '2026-12.graphql'), 'junk');
    const made = { ...first, name: '2026-12', sha256: hashSdl('junk'), ends: '2026-11-23', endForced: { reason: 'never served' } };
    await list([first, made, july]);
    expect(await refused(without)).toEqual(['UNPROVEN_PUBLICATION 2027-07 schema']);
  });

  test('is held to the gate whatever its entry in apiVersions says', async () => {
    const disguised = { ...JULY, withoutDeprecated: true };
    const made = make(LIFECYCLE, SDL, [FIRST!, SECOND!, disguised, NEXT!]);
    await commit(made);
    expect(await refused(made)).toContain('UNPUBLISHED_REMOVAL 2027-07 schema');
    const misdated = make(LIFECYCLE, SDL, [FIRST!, SECOND!, { ...JULY, month: '2027-08' }, NEXT!]);
    await commit(misdated);
    expect(await refused(misdated)).toEqual(['UNPROVEN_PUBLICATION 2027-07 schema']);
  });

  test('may be published by a clock that is a little ahead', async () => {
    const entries = await commit(make(), ['2026-01', '2026-11']);
    const publish = (publishedAt: string) => list(entries.map((entry) => (entry.name === '2026-11' ? { ...entry, publishedAt } : entry)));
    await publish('2026-12-01T23:00:00.000Z');
    expect(await refused()).toEqual([]);
    await publish('2026-12-02T00:00:00.001Z');
    expect(await refused()).toEqual(['UNPROVEN_PUBLICATION 2026-11 schema']);
  });
});

describe('a published version that the code no longer makes', () => {
  const without = () => make(LIFECYCLE, SDL, VERSIONS.slice(1));

  test.each([
    [undefined, ['VERSION_GONE 2026-01 schema']],
    ['2026-12-02', ['VERSION_GONE 2026-01 schema']],
    ['2026-12-01', []],
    ['2026-06-01', []],
  ])('with the end %s, on 2026-12-01: %j', async (ends, expected) => {
    const entries = await commit();
    await list(entries.map((entry) => ({ ...entry, ends })));
    expect(await refused(without())).toEqual(expected);
  });
});

describe('the list of what is published', () => {
  test('cannot be lost: SDL without it is refused, and nothing is written over', async () => {
    await commit();
    await rm(join(folder.directory, 'versions.json'));
    expect(await refused()).toEqual(['PUBLICATION_MISSING versions.json schema']);
    const changed = make(LIFECYCLE, SDL.replace('"Always."', '"Ever."'));
    expect(await listOpenVersions(changed)).toEqual([]);
    const [finding] = await checkVersions(make(), defaultPolicy);
    expect(finding).toMatchObject({ file: join(folder.directory, 'versions.json'), line: 1 });
  });

  test('is begun, empty, in a directory without any version', async () => {
    const open = await listOpenVersions(make());
    expect(open.map(({ file }) => file)).toEqual(
      ['versions.json', '2026-01.graphql', '2026-11.graphql', 'next.graphql'].map((name) => join(folder.directory, name)),
    );
    for (const { file, sdl } of open) await writeFile(file, sdl);
    expect(JSON.parse(await readFile(open[0]!.file, 'utf8'))).toEqual({ versions: [] });
    expect(await refused()).toEqual([]);
  });

  test('has no holes', async () => {
    const entries = await commit(make(), ['2026-01', '2026-11']);
    await list(entries.slice(1));
    expect(await refused()).toEqual(['PUBLICATION_MISSING 2026-01 schema']);
  });
});
