import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemovalDataKey } from '../../../src/choice/migrate/removal-data-key.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { publishVersion } from '../../../src/evolution/removal/publish-version.ts';
import type { PublishOptions } from '../../../src/evolution/removal/publish-version.ts';
import { endVersion } from '../../../src/evolution/removal/end-version.ts';
import type { RemovalStore } from '../../../src/evolution/removal/removal-store.ts';
import { registerManifest } from '../../../src/evolution/usage/manifests.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { hashSdl } from '../../../src/evolution/versions/published-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { insertRecord } from '../../crm/records.ts';
import { changeLifecycle, CURRENT, FIRST, loadJulySchema, NEXT, readFolder, VERSIONS } from './july-version.ts';
import { AFTER_SUNSET, INDUSTRY, useRemovalWorld, WINDOW } from './removal-world.ts';

const world = useRemovalWorld(loadJulySchema);

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
    window: WINDOW,
    store: world.storeAt(AFTER_SUNSET),
    dataKey: createRemovalDataKey(sql, choiceRegistry, { window: WINDOW }),
    ...options,
  });
}
const readList = async () =>
  JSON.parse(await readFile(join(directory, 'versions.json'), 'utf8')) as { versions: Record<string, unknown>[] };
const readFiles = () => readFolder(directory);
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
    expect(codesOf(await expectRefusal({ store: world.storeAt(new Date('2027-06-30')) }))).toEqual(everyMember('TOO_EARLY'));

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
      evidence: {
        figures: expect.objectContaining({ window: WINDOW / 1_000, coveredShare: 1, lostOperations: 0 }),
        leavePinned: false,
        removals: INDUSTRY.map((coordinate) => ({ coordinate, verdict: 'SAFE', uses: 0 })),
      },
    });
    const lead = buildSchema(sdl).getType('Lead') as GraphQLObjectType;
    expect(Object.keys(lead.getFields()).filter((name) => name.startsWith('industry'))).toEqual(['industryLabel', 'industryRef']);
  });

  test('goes without evidence and before its sunset with force and a reason, which are kept', async () => {
    await world.startRecorder(10);
    const early = { store: world.storeAt(new Date('2027-06-01')) };
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

  test('uses on the path of a version pass where they are to be left, and are told in the entry', async () => {
    await world.startRecorder(40);
    await world.execute('{ leads { nodes { industry } } }', { version: '2026-01', pinned: true });
    expect(codesOf(await expectRefusal())).toEqual([['IN_USE', 'Lead.industry']]);
    expect(await publish(NEXT.name, { leavePinned: true })).toMatchObject({ ok: true, changed: true });
    expect((await readList()).versions[2]).toMatchObject({
      evidence: {
        leavePinned: true,
        removals: INDUSTRY.map((coordinate) => ({ coordinate, verdict: 'SAFE', uses: coordinate === 'Lead.industry' ? 1 : 0 })),
      },
    });
  });

  test('is not published over what somebody else wrote while it was judged', async () => {
    await world.startRecorder(40);
    const real = world.storeAt(AFTER_SUNSET);
    let others = 0;
    const store: RemovalStore = {
      async read(work) {
        if (others++ === 0)
          await endVersion({ version: FIRST!.name, on: '2028-06-30', versions: VERSIONS, directory, now: AFTER_SUNSET, noticeMonths: 6 });
        return real.read(work);
      },
    };
    await expect(publish(NEXT.name, { store })).rejects.toThrow(
      expect.objectContaining({ name: 'OperationError', message: expect.stringContaining('versions.json was changed by somebody else') }),
    );
    expect((await readList()).versions).toMatchObject([{ name: '2026-01', ends: '2028-06-30' }, { name: '2026-11' }]);
    expect(Object.keys(await readFiles())).not.toContain('2027-07.graphql');
    expect(await publish(NEXT.name)).toMatchObject({ ok: true, changed: true });
    expect((await readList()).versions).toMatchObject([{ ends: '2028-06-30' }, {}, { name: '2027-07' }]);
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
      changeLifecycle(world.schema, 'Lead.company', { removed: NEXT.month }),
      changeLifecycle(world.schema, 'Query.deprecations', { introduced: '2026-11', removed: NEXT.month }),
    ];
    const refusals = [await expectRefusal(), await expectRefusal({ force: true, reason: 'in a hurry' })];
    for (const change of restore) change();
    for (const refusal of refusals)
      expect(codesOf(refusal)).toEqual([
        ['UNANNOUNCED', 'Lead.company'],
        ['UNANNOUNCED', 'Query.deprecations'],
      ]);
  });

  test('what the code deprecates, and what was published does not, is not what clients were told', async () => {
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
    expect(codesOf(await expectRefusal())).toEqual([['FROZEN', undefined]]);
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
