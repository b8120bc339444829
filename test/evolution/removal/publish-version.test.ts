import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemovalDataKey } from '../../../src/choice/migrate/removal-data-key.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { buildCrmSchema, crmLifecycle } from '../../../src/crm/crm-schema.ts';
import { hashSdl } from '../../../src/evolution/removal/published-versions.ts';
import { publishVersion } from '../../../src/evolution/removal/publish-version.ts';
import type { PublishOptions } from '../../../src/evolution/removal/publish-version.ts';
import { createRemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import type { Lifecycle } from '../../../src/evolution/lifecycle.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { apiVersions } from '../../../src/evolution/versions/api-versions.ts';
import { listMembers } from '../../../src/evolution/versions/list-members.ts';
import { findLifecycle, setLifecycle } from '../../../src/evolution/versions/member-lifecycle.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { insertRecord } from '../../crm/records.ts';
import { AFTER_SUNSET, INDUSTRY, useRemovalWorld, WINDOW } from './removal-world.ts';

const [FIRST, CURRENT] = apiVersions;
/** The version without the industries of leads. */
const NEXT = { name: '2027-07', month: '2027-07' };
const VERSIONS = [FIRST!, CURRENT!, NEXT];

const world = useRemovalWorld(async () => {
  const schema = await buildCrmSchema();
  annotateSchema(
    schema,
    crmLifecycle.map(([coordinate, lifecycle]) => [
      coordinate,
      INDUSTRY.includes(coordinate) ? { ...lifecycle, removed: NEXT.month } : lifecycle,
    ]),
  );
  return schema;
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'schema-'));
});
afterEach(() => rm(directory, { recursive: true }));

function publish(version: string, options: Partial<PublishOptions> = {}) {
  const { sql } = world.crm.owner;
  return publishVersion({
    schema: world.schema,
    version,
    versions: VERSIONS,
    directory,
    now: AFTER_SUNSET,
    window: WINDOW,
    store: createRemovalStore(sql, world.schema),
    dataKey: createRemovalDataKey(sql, choiceRegistry, { window: WINDOW }),
    ...options,
  });
}
/** Answers what takes it back. */
function changeLifecycle(coordinate: string, lifecycle: Lifecycle): () => void {
  const { member } = [...listMembers(world.schema)].find((candidate) => candidate.coordinate === coordinate)!;
  const before = findLifecycle(member) ?? {};
  setLifecycle(member, lifecycle);
  return () => setLifecycle(member, before);
}
const readList = async () =>
  JSON.parse(await readFile(join(directory, 'versions.json'), 'utf8')) as { versions: Record<string, unknown>[] };
const readFiles = async () =>
  Object.fromEntries(
    await Promise.all((await readdir(directory)).map(async (name) => [name, await readFile(join(directory, name), 'utf8')])),
  ) as Record<string, string>;
const codesOf = ({ blockers }: Awaited<ReturnType<typeof publish>>) => blockers.map(({ code, coordinate }) => [code, coordinate]);
const everyMember = (code: string) => INDUSTRY.map((coordinate) => [code, coordinate]);

describe('a version without Lead.industry', () => {
  beforeEach(async () => {
    await publish(FIRST!.name);
    await publish(CURRENT!.name);
  });

  /** Nothing is written, not even a temporary file. */
  async function expectRefusal(options: Partial<PublishOptions> = {}) {
    const before = await readFiles();
    const refusal = await publish(NEXT.name, options);
    expect(refusal).toMatchObject({ ok: false, changed: false });
    expect(await readFiles()).toEqual(before);
    return refusal;
  }

  test('is refused by each key in turn, and published when all say so', async () => {
    expect(codesOf(await expectRefusal())).toEqual(everyMember('INSUFFICIENT_EVIDENCE'));

    await world.startRecorder(40);
    expect(codesOf(await expectRefusal({ now: new Date('2027-06-30') }))).toEqual(everyMember('TOO_EARLY'));

    const id = await insertRecord(world.crm, 'lead', { industry: 'Mystery' });
    expect(codesOf(await expectRefusal())).toEqual(everyMember('DATA_NOT_READY'));
    await world.query('DELETE FROM lead WHERE id = $1', id);

    await world.execute('{ leads { nodes { industry } } }', { version: '2026-01' });
    const used = await expectRefusal();
    expect(codesOf(used)).toEqual([['IN_USE', 'Lead.industry']]);
    expect(used.removals.map(({ coordinate, verdict }) => [coordinate, verdict])).toEqual(
      INDUSTRY.map((coordinate) => [coordinate, coordinate === 'Lead.industry' ? 'IN_USE' : 'SAFE']),
    );
    await world.query('TRUNCATE usage_hour');

    const text = JSON.stringify({ d1: '{ leads(filter: { industry: "tech" }) { nodes { id } } }' });
    const schemas = new Map([[CURRENT!, viewSchema(world.schema, CURRENT!)]]);
    await registerManifest(world.crm.owner.sql, { client: 'kiosk', clientVersion: '2', text }, schemas);
    expect(codesOf(await expectRefusal())).toEqual([['IN_USE', 'LeadFilter.industry']]);
    await world.query('TRUNCATE client_document');

    const sdl = printVersion(viewSchema(world.schema, NEXT));
    const file = join(directory, '2027-07.graphql');
    const before = await readFiles();
    expect(await publish(NEXT.name, { dryRun: true })).toMatchObject({ ok: true, changed: true });
    expect(await readFiles()).toEqual(before);
    const publication = await publish(NEXT.name);
    expect(publication).toMatchObject({ ok: true, version: '2027-07', file, changed: true, blockers: [], overridden: [] });
    expect(publication.removals.map(({ coordinate }) => coordinate)).toEqual(INDUSTRY);
    expect(await readFiles()).toEqual({ ...before, 'versions.json': expect.any(String), '2027-07.graphql': sdl });
    expect((await readList()).versions.map(({ name }) => name)).toEqual(['2026-01', '2026-11', '2027-07']);
    expect((await readList()).versions[2]).toEqual({
      name: '2027-07',
      publishedAt: AFTER_SUNSET.toISOString(),
      sha256: publication.sha256,
    });
    const lead = buildSchema(sdl).getType('Lead') as GraphQLObjectType;
    expect(Object.keys(lead.getFields()).filter((name) => name.startsWith('industry'))).toEqual(['industryLabel', 'industryRef']);
  });

  test('goes without evidence and before its sunset with force and a reason, which are kept', async () => {
    await world.startRecorder(10);
    const early = { now: new Date('2027-06-01') };
    const refused = await expectRefusal(early);
    expect(refused.blockers.every(({ message }) => message.endsWith('Or override with --force --reason TEXT'))).toBe(true);
    const forced = await publish(NEXT.name, { ...early, force: true, reason: ' we asked them all ' });
    expect(forced).toMatchObject({ ok: true, changed: true, blockers: [] });
    expect(forced.overridden).toHaveLength(2 * INDUSTRY.length);
    expect((await readList()).versions[2]).toMatchObject({
      name: '2027-07',
      forced: {
        reason: 'we asked them all',
        overridden: INDUSTRY.flatMap((coordinate) => ['TOO_EARLY', 'INSUFFICIENT_EVIDENCE'].map((code) => ({ coordinate, code }))),
      },
    });
  });

  test('force passes over no use, and no data that is not ready', async () => {
    await world.startRecorder(10);
    await world.execute('{ leads { nodes { industry } } }');
    expect(codesOf(await expectRefusal({ force: true, reason: 'in a hurry' }))).toEqual([['IN_USE', 'Lead.industry']]);
    await world.query('TRUNCATE usage_hour');
    const id = await insertRecord(world.crm, 'lead', { industry: 'Mystery' });
    expect(codesOf(await expectRefusal({ force: true, reason: 'in a hurry' }))).toEqual(everyMember('DATA_NOT_READY'));
    await world.query('DELETE FROM lead WHERE id = $1', id);
  });

  test('a member that goes unannounced is refused, with force as well; a type that nothing leads to any more is not', async () => {
    await world.startRecorder(40);
    const restore = [
      changeLifecycle('Lead.company', { removed: NEXT.month }),
      changeLifecycle('Query.deprecations', { introduced: '2026-11', removed: NEXT.month }),
    ];
    const refusals = [await expectRefusal(), await expectRefusal({ force: true, reason: 'in a hurry' })];
    for (const change of restore) change();
    for (const refusal of refusals)
      expect(codesOf(refusal)).toEqual([
        ['UNANNOUNCED', 'Lead.company'],
        ['UNANNOUNCED', 'Query.deprecations'],
      ]);
  });

  test('what the code deprecates, and what was published does not, was not announced', async () => {
    await world.startRecorder(40);
    const list = await readList();
    const path = join(directory, '2026-11.graphql');
    const silent = (await readFile(path, 'utf8')).replace(/^type Lead [^]*?^}/m, (type) =>
      type.replace(/(industry: String) @deprecated.*/, '$1'),
    );
    await writeFile(path, silent);
    await writeFile(
      join(directory, 'versions.json'),
      JSON.stringify({
        versions: list.versions.map((entry) => (entry.name === '2026-11' ? { ...entry, sha256: hashSdl(silent) } : entry)),
      }),
    );
    expect(codesOf(await expectRefusal())).toEqual([['UNANNOUNCED', 'Lead.industry']]);
  });

  test('a version whose predecessor was edited or lost since is refused', async () => {
    await world.startRecorder(40);
    const path = join(directory, '2026-11.graphql');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `${text}\n`);
    expect((await expectRefusal()).blockers).toEqual([
      { code: 'FROZEN', message: '2026-11 is published and stays as it is, but its file differs from what was published' },
    ]);
    await rm(path);
    expect((await expectRefusal()).blockers).toMatchObject([{ code: 'FROZEN', message: expect.stringContaining('its file is gone') }]);
  });
});

describe('what is published', () => {
  test('stays as it is: again is nothing to do, anything else is refused', async () => {
    const first = await publish(FIRST!.name);
    expect(first).toMatchObject({ ok: true, changed: true, removals: [] });
    const before = await readFiles();
    expect(await publish(FIRST!.name, { now: new Date('2028-01-01') })).toEqual({ ...first, changed: false });
    expect(await readFiles()).toEqual(before);

    const restore = changeLifecycle('Lead.company', { introduced: '2026-02' });
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
    expect(await readFile(join(directory, '2026-01.graphql'), 'utf8')).toBe(printVersion(viewSchema(world.schema, FIRST!)));
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
      expect.objectContaining({ name: 'OperationError', message: expect.stringContaining('2026-01.graphql cannot be written') }),
    );
  });
});
