import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { buildSchema } from 'graphql';
import { checkVersions, listOpenVersions } from '../../../src/evolution/check/check-versions.ts';
import { defaultPolicy } from '../../../src/evolution/check/policy/policy.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { DEPRECATED, LIFECYCLE, SDL, useVersionsFolder, VERSIONS } from './versions-folder.ts';

const folder = useVersionsFolder();
const { make, commit, refused } = folder;

test('nothing is refused where all is as it should be; what is deprecated goes in next, with the type that only it led to', async () => {
  await commit();
  const findings = await checkVersions(make(), defaultPolicy);
  expect(
    findings.map(({ judgement, kind, coordinate, schema, against, line }) => [judgement, kind, coordinate, schema, against, line]),
  ).toEqual([
    ['announced', 'TYPE_REMOVED', 'Kind', 'next', '2026-11', 1],
    ['announced', 'FIELD_REMOVED', 'Query.industry', 'next', '2026-11', 2],
    ['safe', 'DEPRECATION_ADDED', 'Query.industry', '2026-11', '2026-01', 16],
    ['safe', 'FIELD_ADDED', 'Query.industryRef', '2026-11', '2026-01', 19],
  ]);
});

test('a published file that was touched is refused, even where the code makes the same; so is one that is gone', async () => {
  await commit();
  const described = SDL.replace('"Always."', '"Ever."');
  const [[, view]] = [...make(LIFECYCLE, described).views] as [[ApiVersion, ReturnType<typeof buildSchema>]];
  await writeFile(join(folder.directory, '2026-01.graphql'), printVersion(view));
  expect(await refused(make(LIFECYCLE, described))).toEqual(['FROZEN 2026-01 schema', 'DRIFT 2026-11 schema', 'DRIFT next schema']);
  await rm(join(folder.directory, '2026-01.graphql'));
  expect(await refused()).toEqual(['FROZEN 2026-01 schema', 'DRIFT 2026-01 schema']);
});

test('the code may not change a published version, not by an addition either; every change is told', async () => {
  await commit();
  const findings = await checkVersions(make([['Query.industry', { deprecated: DEPRECATED }]]), defaultPolicy);
  expect(findings.filter(({ schema }) => schema === '2026-01')).toMatchObject([
    { judgement: 'refused', kind: 'DRIFT', message: expect.stringContaining('was published on 2026-01-15') },
    { judgement: 'safe', kind: 'FIELD_ADDED', coordinate: 'Query.industryRef', against: '2026-01 as published' },
  ]);
  expect(await refused(make(LIFECYCLE, SDL.replace('"Old." gone: ID', '')))).toEqual(
    expect.arrayContaining(['DRIFT 2026-01 schema', 'FIELD_REMOVED 2026-01 Query.gone']),
  );
});

test('an open version whose file is old is refused until it is written; what is published is never written', async () => {
  await commit();
  const made = make(LIFECYCLE, SDL.replace('"A reference."', '"A ref."'));
  expect(await refused(made)).toEqual(['DRIFT 2026-11 schema', 'DRIFT next schema']);
  const open = await listOpenVersions(made);
  expect(open.map(({ file, changed }) => [file, changed])).toEqual(
    ['2026-11', 'next'].map((name) => [join(folder.directory, `${name}.graphql`), true]),
  );
  for (const { file, sdl } of open) await writeFile(file, sdl);
  expect(await refused(made)).toEqual([]);
});

test('a version that is served no more stays frozen', async () => {
  await commit();
  const made = make();
  const views = new Map([...made.views].slice(1));
  await writeFile(join(folder.directory, '2026-01.graphql'), 'type Query { a: Int }');
  expect(await refused({ ...made, views })).toEqual(['VERSION_GONE 2026-01 schema', 'FROZEN 2026-01 schema']);
});

test.each<[string, LifecycleEntry, string[]]>([
  [
    'what was never deprecated',
    ['Query.gone', { removed: '2026-11' }],
    ['UNPUBLISHED_REMOVAL 2026-11 schema', 'FIELD_REMOVED 2026-11 Query.gone'],
  ],
  [
    'what only the code calls deprecated, in next',
    ['Query.gone', { deprecated: { ...DEPRECATED, since: '2027-01' } }],
    ['FIELD_REMOVED next Query.gone'],
  ],
])('a version may not drop %s', async (_, entry, expected) => {
  const made = make([...LIFECYCLE, entry]);
  await commit(made);
  expect(await refused(made)).toEqual(expected);
});

test('a version drops what the one before marked, from the sunset on', async () => {
  const deprecated = { since: '2026-01', sunset: '2026-11', replacement: 'id' };
  const made = make([...LIFECYCLE, ['Query.gone', { deprecated, removed: '2026-11' }]]);
  const [first, second] = await commit(made, ['2026-01', '2026-11']);
  const evidence = { figures: {}, leavePinned: false, removals: [{ coordinate: 'Query.gone', verdict: 'SAFE', uses: 0 }] };
  await folder.list([first, { ...second, publishedAt: '2026-11-01T00:00:00.000Z', evidence }]);
  expect(await refused(made)).toEqual([]);

  const [january] = VERSIONS as [ApiVersion];
  const early: ApiVersion = { name: '2026-06', month: '2026-06' };
  const views = new Map([january, early].map((version) => [version, viewSchema(made.annotated, version)]));
  // The view of 2026-06 is made to lack it, which no lifecycle can say.
  const without = make([...LIFECYCLE, ['Query.gone', { removed: '2026-06' }]]);
  views.set(early, viewSchema(without.annotated, early));
  await writeFile(join(folder.directory, '2026-06.graphql'), printVersion(views.get(early)!));
  expect(await refused({ ...made, views })).toContain('FIELD_REMOVED 2026-06 Query.gone');
});

test('the policy is for what is not published', async () => {
  const sdl = SDL.replace('"A reference."', '').replace('"Always."', '');
  const short: LifecycleEntry = ['Query.gone', { deprecated: { ...DEPRECATED, sunset: '2027-04' } }];
  const made = make([...LIFECYCLE, short], sdl);
  await commit(made);
  expect(await refused(made)).toEqual(['DESCRIPTION_MISSING 2026-11 Query.industryRef', 'DEPRECATION_NOTICE_TOO_SHORT 2026-11 Query.gone']);
  await commit(made, ['2026-01', '2026-11']);
  expect(await refused(made)).toEqual([]);
});

test('what a version says to use instead is there in that version', async () => {
  const entries: readonly LifecycleEntry[] = [
    ['Query.gone', { deprecated: { ...DEPRECATED, replacement: 'going' } }],
    ['Kind.ONE', { deprecated: { ...DEPRECATED, replacement: 'TWO' } }],
  ];
  const made = make(
    [LIFECYCLE[0]!, ['Query.industryRef', { introduced: '2027-01' }], ...entries],
    SDL.replace('ONE }', 'ONE "Three." THREE }'),
  );
  await commit(made);
  expect((await refused(made)).filter((line) => line.includes('REPLACEMENT'))).toEqual([
    'DEPRECATION_REPLACEMENT_UNKNOWN 2026-11 Kind.ONE',
    'DEPRECATION_REPLACEMENT_UNKNOWN 2026-11 Query.gone',
    'DEPRECATION_REPLACEMENT_UNKNOWN 2026-11 Query.industry',
  ]);
  const findings = await checkVersions(made, { ...defaultPolicy, deprecations: false });
  expect(findings.map(({ kind }) => kind)).not.toContain('DEPRECATION_REPLACEMENT_UNKNOWN');
  await commit(made, ['2026-01', '2026-11']);
  expect((await refused(made)).filter((line) => line.includes('REPLACEMENT'))).toEqual([]);
});
