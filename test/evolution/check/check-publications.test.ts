import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkVersions, listOpenVersions } from '../../../src/evolution/check/check-versions.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import type { PublishedVersion } from '../../../src/evolution/versions/published-version.ts';
import { DEPRECATED, LIFECYCLE, SDL, useVersionsFolder, VERSIONS } from './versions-folder.ts';

const folder = useVersionsFolder();
const { make, commit, refused, list } = folder;
const JULY = { name: '2027-07', month: '2027-07' };
const [FIRST, SECOND, NEXT] = VERSIONS;
const WITH_JULY = [FIRST!, SECOND!, JULY, NEXT!];

const evidenceOf = (coordinate: string, verdict: string) => ({
  figures: {},
  leavePinned: false,
  removals: [{ coordinate, verdict, uses: 0 }],
});

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

describe('against another commit', () => {
  async function anchor(published = ['2026-01'], made = make()) {
    const entries = await commit(made, published);
    const sdls = [...made.views].filter(([{ name }]) => name !== 'next').map(([{ name }, view]) => [name, printVersion(view)] as const);
    return { name: 'git:main', published: entries, sdls: new Map(sdls) };
  }

  test('nothing is refused where nothing changed, and where a version was published, added or given an end', async () => {
    const before = await anchor();
    expect(await refused({ ...make(), anchor: before })).toEqual([]);
    const entries = await commit(make(), ['2026-01', '2026-11']);
    expect(await refused({ ...make(), anchor: before })).toEqual([]);
    await list(entries.map((entry) => (entry.name === '2026-01' ? { ...entry, ends: '2028-01-01', endForced: { reason: 'why' } } : entry)));
    expect(await refused({ ...make(), anchor: before })).toEqual([]);
  });

  test('a list and its SDL that were edited together are refused, though they agree', async () => {
    const before = await anchor();
    const edited = make(LIFECYCLE, SDL.replace('"Old." gone: ID', ''));
    await commit(edited);
    expect(await refused(edited)).toEqual([]);
    expect(await refused({ ...edited, anchor: before })).toEqual([
      'PUBLICATION_CHANGED 2026-01 schema',
      'FROZEN 2026-01 schema',
      'FIELD_REMOVED 2026-11 Query.gone',
    ]);
  });

  test('an entry that is gone is refused', async () => {
    const before = await anchor(['2026-01', '2026-11']);
    await commit();
    expect(await refused(make())).toEqual([]);
    expect(await refused({ ...make(), anchor: before })).toEqual(['PUBLICATION_MISSING 2026-11 schema']);
  });

  test('an entry is changed in nothing but its end, which does not come nearer or go', async () => {
    const before = await anchor();
    const [entry] = before.published;
    const told = { ...before, published: [{ ...entry!, ends: '2028-01-01', endForced: { reason: 'why' } }] };
    const judge = async (changed: object, against = told) => {
      await list([{ ...told.published[0], ...changed }]);
      return refused({ ...make(), anchor: against });
    };
    expect(await judge({})).toEqual([]);
    expect(await judge({ ends: '2028-01-02', endForced: undefined })).toEqual([]);
    for (const changed of [
      { ends: '2027-12-31' },
      { ends: undefined },
      { endForced: { reason: 'because' } },
      { publishedAt: '2026-01-16T00:00:00.000Z' },
      { forced: { reason: 'a', overridden: [] } },
      { evidence: evidenceOf('Query.industry', 'SAFE') },
    ])
      expect({ changed, found: await judge(changed) }).toEqual({ changed, found: ['PUBLICATION_CHANGED 2026-01 schema'] });
  });

  test('a version that was open there may go once it was published, and its end has come', async () => {
    const before = await anchor();
    const entries = await commit(make(), ['2026-01', '2026-11']);
    await list(entries.map((entry) => (entry.name === '2026-11' ? { ...entry, ends: '2026-12-01', endForced: { reason: 'why' } } : entry)));
    const without = make(LIFECYCLE, SDL, [FIRST!, JULY, NEXT!]);
    for (const [version, view] of without.views) await writeFile(join(folder.directory, `${version.name}.graphql`), printVersion(view));
    expect(await refused({ ...without, anchor: before })).toEqual([]);
  });

  test('an end that is new is the notice away, or forced', async () => {
    const before = await anchor();
    const judge = async (changed: object) => {
      await list([{ ...before.published[0], ...changed }]);
      return refused({ ...make(), anchor: before });
    };
    expect(await judge({ ends: '2027-06-01' })).toEqual([]);
    expect(await judge({ ends: '2027-05-31' })).toEqual(['END_TOO_EARLY 2026-01 schema']);
    expect(await judge({ ends: '2027-05-31', endForced: { reason: 'why' } })).toEqual([]);
  });

  test('a sunset that an open version states there does not come nearer than the notice from now', async () => {
    const before = await anchor();
    const judge = async (sunset: string) => {
      const moved = make([['Query.industry', { deprecated: { ...DEPRECATED, since: '2026-02', sunset } }], LIFECYCLE[1]!]);
      await commit(moved);
      return refused({ ...moved, anchor: before });
    };
    expect(await judge('2026-12')).toEqual(['DEPRECATION_NOTICE_TOO_SHORT 2026-11 Query.industry']);
    expect(await judge('2027-05')).toEqual(['DEPRECATION_NOTICE_TOO_SHORT 2026-11 Query.industry']);
    expect(await judge('2027-06')).toEqual([]);
    expect(await judge('2027-08')).toEqual([]);
  });

  test('an open version answers every operation that it answers there: a deprecated member neither goes', async () => {
    const before = await anchor();
    const lost = make(
      [['Query.industry', { deprecated: { ...DEPRECATED, replacement: 'id' } }]],
      SDL.replace('"A reference." industryRef: ID', ''),
    );
    await commit(lost);
    expect(await refused(lost)).toEqual([]);
    expect(await refused({ ...lost, anchor: before })).toContain('FIELD_REMOVED 2026-11 Query.industryRef');

    const dropped = make([['Query.industry', { deprecated: { ...DEPRECATED, since: '2026-01', sunset: '2026-11' }, removed: '2026-11' }]]);
    await commit(dropped, ['2026-01', '2026-11']);
    const findings = await checkVersions({ ...dropped, anchor: before }, defaultPolicy);
    expect(findings).toContainEqual(
      expect.objectContaining({
        judgement: 'refused',
        coordinate: 'Query.industry',
        against: 'git:main',
        message: expect.stringContaining('2026-11 is served already: a later version may be without it.'),
      }),
    );
  });

  test('an open version does not go at all', async () => {
    const before = await anchor();
    expect(await refused({ ...make(LIFECYCLE, SDL, [FIRST!, NEXT!]), anchor: before })).toContain('VERSION_GONE 2026-11 schema');
  });
});
