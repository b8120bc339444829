import { expect, test } from '@jest/globals';
import { listBundledPublications } from '../../../src/evolution/versions/bundled-publications.ts';
import { parsePublishedVersions } from '../../../src/evolution/versions/published-version.ts';

const ENTRY = { name: '2026-01', publishedAt: '2026-01-01T00:00:00.000Z', sha256: 'a'.repeat(64) };
const LATER = { ...ENTRY, name: '2026-11' };
const FULL = {
  ...LATER,
  ends: '2028-02-29',
  endForced: { reason: 'why' },
  evidence: { figures: {}, leavePinned: false, removals: [] },
  forced: { reason: 'why', overridden: [] },
};

test('entries are read as they are written; so are those that this program was built with', () => {
  expect(parsePublishedVersions({ versions: [ENTRY, FULL] }, 'here')).toEqual([ENTRY, FULL]);
  expect(parsePublishedVersions({ versions: [] }, 'here')).toEqual([]);
  expect(listBundledPublications()[0]).toMatchObject({ name: '2026-01' });
});

test.each<[unknown, string]>([
  [null, 'here: expected { "versions": [{ "name", "publishedAt", "sha256" }] }, but got null'],
  [[ENTRY], 'here: expected { "versions"'],
  [{ versions: {} }, 'here: expected { "versions"'],
  [{ versions: [], version: 2 }, 'here: expected no other keys than versions, but got "version"'],
  [{ versions: [ENTRY, null] }, 'here: versions[1]: expected { "name", "publishedAt", "sha256" }, but got null'],
  [{ versions: [ENTRY, ENTRY] }, 'here: versions[1].name: expected a month after 2026-01, but got "2026-01"'],
  [{ versions: [LATER, ENTRY] }, 'here: versions[1].name: expected a month after 2026-11, but got "2026-01"'],
  ...[
    [{ name: '../2026-01' }, 'name: expected a month, YYYY-MM, but got "../2026-01"'],
    [{ name: '2026-01\n' }, 'name: expected a month'],
    [{ name: '2026-13' }, 'name: expected a month'],
    [{ name: undefined }, 'name: expected a month, YYYY-MM, but got nothing'],
    [{ name: 202601 }, 'name: expected a month, YYYY-MM, but got 202601'],
    [{ publishedAt: '2026-01-01' }, 'publishedAt: expected a moment such as 2026-11-01T12:00:00.000Z, but got "2026-01-01"'],
    [{ publishedAt: '2026-02-31T00:00:00.000Z' }, 'publishedAt: expected a moment'],
    [{ publishedAt: 'soon' }, 'publishedAt: expected a moment'],
    [{ sha256: 'A'.repeat(64) }, 'sha256: expected 64 hexadecimal digits in lower case'],
    [{ sha256: 'a'.repeat(63) }, 'sha256: expected 64'],
    [{ ends: '2027-02-29' }, 'ends: expected a day, YYYY-MM-DD, but got "2027-02-29"'],
    [{ ends: null }, 'ends: expected a day'],
    [{ endForced: true }, 'endForced: expected { "reason" }'],
    [{ ends: undefined, endForced: { reason: 'why' } }, 'endForced: expected none without ends'],
    [
      { evidence: [] },
      'evidence: expected { "figures", "leavePinned", "removals": [{ "coordinate", "verdict", "uses" }] }, each coordinate once',
    ],
    ...[
      { removals: undefined },
      { figures: undefined },
      { leavePinned: undefined },
      { removals: [{ coordinate: 'A.a', verdict: 'SAFE' }] },
      { removals: [{ coordinate: 'A.a', verdict: 'SAFE', uses: 5 }] },
      { removals: ['SAFE', 'IN_USE'].map((verdict) => ({ coordinate: 'A.a', verdict, uses: 0 })) },
    ].map((changed): [object, string] => [{ evidence: { ...FULL.evidence, ...changed } }, 'evidence: expected']),
    [
      { forced: { reason: 'why', overridden: [null] } },
      'forced: expected { "reason", "overridden": [{ "coordinate", "code" }] }, but got {"reason":"why","overridden":[null]}',
    ],
    [{ forced: { reason: '', overridden: [] } }, 'forced: expected { "reason", "overridden": [{ "coordinate", "code" }] }'],
    [{ forced: { reason: 'why' } }, 'forced: expected'],
  ].map(([change, message]): [unknown, string] => [
    { versions: [{ ...ENTRY, ...(change as object) }] },
    `here: versions[0].${message as string}`,
  ]),
  [{ versions: [{ ...ENTRY, end: '2028-01-01' }] }, 'here: versions[0]: expected no other keys than name, publishedAt'],
])('%j is refused', (value, message) => {
  expect(() => parsePublishedVersions(value, 'here')).toThrow(
    expect.objectContaining({ name: 'OperationError', message: expect.stringContaining(message) }),
  );
});

test('a moment before that of the version before it is refused', () => {
  const versions = [ENTRY, { ...ENTRY, name: '2026-02', publishedAt: '2025-12-31T00:00:00.000Z' }];
  expect(() => parsePublishedVersions({ versions }, 'here')).toThrow(
    /here: versions\[1\]\.publishedAt: expected a moment after 2026-01-01/,
  );
});
