import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishVersion } from '../../../src/evolution/removal/publish-version.ts';
import type { PublishOptions } from '../../../src/evolution/removal/publish-version.ts';
import type { RemovalRecords, RemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { changeLifecycle, CURRENT, FIRST, loadJulySchema, readFolder, VERSIONS } from './july-version.ts';
import { AFTER_SUNSET, WINDOW } from './removal-world.ts';

let schema: GraphQLSchema;
let directory: string;
beforeAll(async () => {
  schema = await loadJulySchema();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'schema-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Of versions that are without nothing, only the clock is asked for. */
function createStore(now: Date): RemovalStore {
  return { read: (work) => work({ now } as RemovalRecords) };
}

function publish(version: string, options: Partial<PublishOptions> = {}) {
  return publishVersion({
    schema,
    version,
    versions: VERSIONS,
    directory,
    window: WINDOW,
    store: createStore(AFTER_SUNSET),
    dataKey: () => Promise.reject(new Error('There is no database')),
    ...options,
  });
}
const readFiles = () => readFolder(directory);

describe('what is published', () => {
  test('stays as it is: again is nothing to do, anything else is refused', async () => {
    const first = await publish(FIRST!.name);
    expect(first).toMatchObject({ ok: true, changed: true, removals: [] });
    const before = await readFiles();
    expect(await publish(FIRST!.name, { store: createStore(new Date('2028-01-01')) })).toEqual({ ...first, changed: false });
    expect(await readFiles()).toEqual(before);

    const restore = changeLifecycle(schema, 'Lead.company', { introduced: '2026-02' });
    const changed = await publish(FIRST!.name);
    restore();
    expect(changed).toMatchObject({
      ok: false,
      blockers: [{ code: 'FROZEN', message: expect.stringContaining('what the code makes differs') }],
    });

    await writeFile(join(directory, '2026-01.graphql'), 'type Query { a: ID }');
    expect(await publish(FIRST!.name)).toMatchObject({
      ok: false,
      blockers: [{ code: 'FROZEN', message: expect.stringContaining('its file differs') }],
    });
  });

  test('is published in order', async () => {
    expect((await publish(CURRENT!.name)).blockers).toEqual([
      { code: 'OUT_OF_ORDER', message: '2026-01 is not published. Run: choices schema publish 2026-01' },
    ]);
    await publish(FIRST!.name);
    await publish(CURRENT!.name);
    const between = { name: '2026-06', month: '2026-06' };
    expect((await publish('2026-06', { versions: [FIRST!, between, CURRENT!] })).blockers).toMatchObject([
      { code: 'OUT_OF_ORDER', message: '2026-11, which comes after 2026-06, is published already' },
    ]);
  });

  test('a draft of its file is replaced', async () => {
    await writeFile(join(directory, '2026-01.graphql'), 'a draft');
    expect(await publish(FIRST!.name)).toMatchObject({ ok: true, changed: true });
    expect(await readFile(join(directory, '2026-01.graphql'), 'utf8')).toBe(printVersion(viewSchema(schema, FIRST!)));
  });
});

describe('wrong usage', () => {
  test.each([
    ['2026', {}, 'Expected a version, one of 2026-01, 2026-11, 2027-07, but got "2026"'],
    ['2027-08', {}, 'but got "2027-08"'],
    ['next', { versions: [...VERSIONS, { name: 'next', month: '9999-12' }] }, 'but got "next"'],
    ['2026-01', { force: true }, '--force: expected --reason TEXT with it'],
    ['2026-01', { force: true, reason: ' ' }, '--force: expected --reason TEXT with it'],
    ['2026-01', { reason: 'why' }, '--reason: expected --force with it'],
  ])('%s with %j', async (version, options, message) => {
    await expect(publish(version, options)).rejects.toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    );
    expect(await readdir(directory)).toEqual([]);
  });

  test.each(['{', '[]', 'null', '{"versions":[{"name":"2026-01"}]}'])('a versions.json that says %s', async (text) => {
    await writeFile(join(directory, 'versions.json'), text);
    await expect(publish('2026-01')).rejects.toThrow(
      expect.objectContaining({ name: 'OperationError', message: expect.stringContaining('versions.json') }),
    );
  });

  test('a directory that is not there', async () => {
    await expect(publish('2026-01', { directory: join(directory, 'none') })).rejects.toThrow(
      expect.objectContaining({ name: 'OperationError', message: expect.stringContaining('is no directory') }),
    );
  });
});
