import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkVersions } from '../../../src/evolution/check/check-versions.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { hashSdl } from '../../../src/evolution/versions/published-version.ts';
import { evidenceOf, DEPRECATED, LIFECYCLE, SDL, useVersionsFolder, VERSIONS } from './versions-folder.ts';

const folder = useVersionsFolder();
const { make, commit, refused, list } = folder;
const JULY = { name: '2027-07', month: '2027-07' };
const [FIRST, , NEXT] = VERSIONS;

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
      { ends: undefined, endForced: undefined },
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

  test('an entry of what neither of them made is refused', async () => {
    const before = await anchor();
    await writeFile(join(folder.directory, '2026-10.graphql'), 'junk');
    const made = { ...before.published[0], name: '2026-10', sha256: hashSdl('junk'), ends: '2026-11-23', endForced: { reason: 'why' } };
    await list([before.published[0], made]);
    expect(await refused()).toEqual([]);
    expect(await refused({ ...make(), anchor: before })).toEqual(['PUBLICATION_CHANGED 2026-10 schema']);
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
