import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { endVersion } from '../../../src/evolution/removal/end-version.ts';
import type { EndOptions } from '../../../src/evolution/removal/end-version.ts';
import { listPath, recordChange, recordPublication } from '../../../src/evolution/removal/published-versions.ts';
import type { PublishedVersion } from '../../../src/evolution/versions/published-version.ts';

const VERSIONS = ['2026-01', '2026-11', '2027-07'].map((name) => ({ name, month: name }));
const NOW = new Date('2026-11-22T23:30:00Z');
const entry = (name: string): PublishedVersion => ({ name, publishedAt: '2026-11-01T00:00:00.000Z', sha256: 'a'.repeat(64) });

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ends-'));
  await writeFile(listPath(directory), JSON.stringify({ versions: [entry('2026-01'), entry('2026-11')] }));
});
afterEach(() => rm(directory, { recursive: true }));

const end = (version: string, on: string, options: Partial<EndOptions> = {}) =>
  endVersion({ version, on, versions: VERSIONS, directory, now: NOW, noticeMonths: 6, ...options });
const readList = async () => (JSON.parse(await readFile(listPath(directory), 'utf8')) as { versions: unknown[] }).versions;

describe('the end of a version', () => {
  test('is announced the notice ahead, by the day in UTC; again is nothing to do', async () => {
    expect(await end('2026-01', '2027-05-21')).toMatchObject({
      ok: false,
      changed: false,
      blockers: [{ code: 'TOO_EARLY', message: expect.stringContaining('expected 2027-05-22 or later') }],
    });
    expect(await end('2026-01', '2027-05-22', { dryRun: true })).toMatchObject({ ok: true, changed: true });
    expect(await readList()).toEqual([entry('2026-01'), entry('2026-11')]);

    expect(await end('2026-01', '2027-05-22')).toMatchObject({
      ok: true,
      changed: true,
      version: '2026-01',
      ends: '2027-05-22',
      blockers: [],
    });
    expect(await readList()).toEqual([{ ...entry('2026-01'), ends: '2027-05-22' }, entry('2026-11')]);
    expect(await end('2026-01', '2027-05-22', { now: new Date('2027-05-01') })).toMatchObject({ ok: true, changed: false });
    expect(await readList()).toEqual([{ ...entry('2026-01'), ends: '2027-05-22' }, entry('2026-11')]);
  });

  test('moves away at any time, and never nearer, by force neither', async () => {
    await end('2026-01', '2027-05-22');
    expect(await end('2026-01', '2027-05-23', { now: new Date('2027-05-20') })).toMatchObject({ ok: true, changed: true });
    for (const options of [{}, { force: true, reason: 'in a hurry' }])
      expect(await end('2026-01', '2027-05-22', options)).toMatchObject({
        ok: false,
        blockers: [{ code: 'ANNOUNCED', message: expect.stringContaining('until 2027-05-23') }],
      });
  });

  test('comes sooner than the notice with force and a reason, which is kept as long as the day', async () => {
    expect(await end('2026-01', '2026-12-01', { force: true, reason: ' nobody is left ' })).toMatchObject({
      ok: true,
      changed: true,
      overridden: [{ code: 'TOO_EARLY' }],
    });
    expect((await readList())[0]).toEqual({ ...entry('2026-01'), ends: '2026-12-01', endForced: { reason: 'nobody is left' } });
    await end('2026-01', '2026-12-02');
    expect((await readList())[0]).toEqual({ ...entry('2026-01'), ends: '2026-12-02' });
  });

  test('six months after the end of August is not before the end of February', async () => {
    const now = new Date('2026-08-31T12:00:00Z');
    expect(await end('2026-01', '2027-03-02', { now })).toMatchObject({ ok: false });
    expect(await end('2026-01', '2027-03-03', { now })).toMatchObject({ ok: true });
  });
});

describe('wrong usage', () => {
  test.each<[string, string, Partial<EndOptions>, string]>([
    ['2027-07', '2028-01-01', {}, 'other than the current one, 2027-07, one of 2026-01, 2026-11, but got "2027-07"'],
    ['2026-11', '2028-01-01', { versions: VERSIONS.slice(0, 2) }, 'other than the current one, 2026-11, one of 2026-01, but got "2026-11"'],
    ['2025-01', '2028-01-01', {}, 'one of 2026-01, 2026-11, but got "2025-01"'],
    ['2026-01', '2027-02-29', {}, '--on: expected a day, YYYY-MM-DD, but got "2027-02-29"'],
    ['2026-01', '2028', {}, '--on: expected a day'],
    ['2026-01', '2028-01-01', { force: true }, '--force: expected --reason TEXT with it'],
    ['2026-01', '2028-01-01', { reason: 'why' }, '--reason: expected --force with it'],
  ])('%s on %s with %j', async (version, on, options, message) => {
    await expect(end(version, on, options)).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    );
    expect(await readdir(directory)).toEqual(['versions.json']);
  });

  test('a directory in which nothing is published', async () => {
    await rm(listPath(directory));
    await expect(end('2026-01', '2028-01-01')).rejects.toThrow('and there is none, but got "2026-01"');
  });
});

describe('two that write at once', () => {
  const judged = [entry('2026-01'), entry('2026-11')];

  test('of a publication and an end that were judged on the same list, one is written, and the other says so', async () => {
    const results = await Promise.allSettled([
      recordPublication(directory, judged, entry('2027-07'), 'type Query { a: ID }'),
      recordChange(directory, judged, { ...entry('2026-01'), ends: '2028-01-01' }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const list = await readList();
    const [published] = results;
    expect(list).toEqual(
      published.status === 'fulfilled' ? [...judged, entry('2027-07')] : [{ ...entry('2026-01'), ends: '2028-01-01' }, entry('2026-11')],
    );
  });
});
