import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GraphQLSchema } from 'graphql';
import { buildCrmSchema, crmLifecycle } from '../../src/crm/crm-schema.ts';
import { annotateSchema } from '../../src/evolution/versions/annotate-schema.ts';
import { apiVersions, nextVersion } from '../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../src/evolution/versions/view-schema.ts';
import { runCommand } from '../choice/migrate/verify-faults.ts';
import { insertRecord } from '../crm/records.ts';
import { INDUSTRY, useRemovalWorld } from '../evolution/removal/removal-world.ts';
import { RecordedStream } from './recorded-stream.ts';

/** Its month is later than every sunset below, whatever the database's clock says. */
const JULY = { name: '2027-07', month: '9000-01' };
const VERSIONS = [...apiVersions, JULY, nextVersion];
const LEADS = '{ leads { nodes { industry } } }';

/** The API with a version that is without the industries of leads, whose sunset is that month. */
async function plant(sunset: string): Promise<GraphQLSchema> {
  const schema = await buildCrmSchema();
  annotateSchema(
    schema,
    crmLifecycle.map(([coordinate, lifecycle]) => [
      coordinate,
      INDUSTRY.includes(coordinate)
        ? { ...lifecycle, deprecated: { ...lifecycle.deprecated!, since: '2026-02', sunset }, removed: JULY.month }
        : lifecycle,
    ]),
  );
  return schema;
}
const world = useRemovalWorld(() => plant('2026-03'));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'published-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function run(argv: readonly string[], schema = world.schema) {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const exitCode = await runCommand(world.crm.database.ownerUrl, [...argv], {
    stdout,
    stderr,
    loadSchema: () => Promise.resolve(schema),
    createSchemas: () => Promise.resolve(new Map(VERSIONS.map((version) => [version, viewSchema(schema, version)]))),
  });
  return { exitCode, text: stdout.text, errors: stderr.text };
}
const publish = (...argv: string[]) => run(['schema', 'publish', ...argv, '--directory', directory]);
const readList = async () =>
  (JSON.parse(await readFile(join(directory, 'versions.json'), 'utf8')) as { versions: Record<string, unknown>[] }).versions;

/** Why 2027-07 is refused: the distinct codes. As a dry run, and as the run. */
async function refusedBy(...argv: string[]): Promise<string[]> {
  const before = await readList();
  const dryRun = await publish('2027-07', ...argv, '--dry-run');
  const refusal = await publish('2027-07', ...argv);
  expect([dryRun.exitCode, refusal.exitCode, refusal.errors]).toEqual([3, 3, '']);
  expect(await readList()).toEqual(before);
  expect(await readdir(directory)).not.toContain('2027-07.graphql');
  return [...new Set([...refusal.text.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, code]) => code!))];
}

describe('choices schema publish 2027-07, a version without Lead.industry', () => {
  beforeEach(async () => {
    for (const { name } of apiVersions) expect(await publish(name)).toMatchObject({ exitCode: 0 });
  });

  test('is refused by each key in turn with exit code 3, and then let through', async () => {
    expect(await refusedBy()).toEqual(['INSUFFICIENT_EVIDENCE']);
    await world.startRecorder(40);

    await world.execute(LEADS, { client: 'kiosk' });
    expect(await refusedBy()).toEqual(['IN_USE']);
    await world.query('TRUNCATE usage_hour');

    const manifest = join(directory, 'manifest.json');
    await writeFile(manifest, JSON.stringify({ d1: LEADS }));
    const client = ['--client', 'kiosk', '--client-version', '2'];
    expect(await run(['usage', 'register', manifest, ...client])).toMatchObject({ exitCode: 0, errors: '' });
    expect(await refusedBy()).toEqual(['IN_USE']);
    expect(await run(['usage', 'unregister', ...client])).toMatchObject({ exitCode: 0, errors: '' });

    const id = await insertRecord(world.crm, 'lead', { industry: 'Mystery' });
    expect(await refusedBy()).toEqual(['DATA_NOT_READY']);
    await world.query('DELETE FROM lead WHERE id = $1', id);

    expect(await refusedBy('--window', '1s')).toEqual(['INSUFFICIENT_EVIDENCE']);

    expect(await publish('2027-07', '--dry-run')).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('2027-07 could be published'),
    });
    expect(await readList()).toHaveLength(2);
    expect(await publish('2027-07')).toMatchObject({ exitCode: 0, errors: '', text: expect.stringContaining('2027-07 is published: ') });
    expect(await readList()).toMatchObject([
      { name: '2026-01' },
      { name: '2026-11' },
      {
        name: '2027-07',
        evidence: {
          figures: { window: 30 * 86_400 },
          leavePinned: false,
          removals: INDUSTRY.map((coordinate) => ({ coordinate, verdict: 'SAFE' })),
        },
      },
    ]);
    expect(await readFile(join(directory, '2027-07.graphql'), 'utf8')).toContain('industryRef');
    expect(await publish('2027-07')).toMatchObject({ exitCode: 0, text: expect.stringContaining('was published before') });
  });

  test('is let through by --leave-pinned where only the path of a version is used', async () => {
    await world.startRecorder(40);
    await world.execute(LEADS, { version: '2026-01', pinned: true });
    expect(await refusedBy()).toEqual(['IN_USE']);
    expect(await publish('2027-07', '--leave-pinned')).toMatchObject({ exitCode: 0 });
    expect((await readList())[2]).toMatchObject({ evidence: { leavePinned: true } });
  });

  test('over a short window it takes --force and a reason, which stay on record with the window', async () => {
    await world.startRecorder(40);
    expect(await publish('2027-07', '--window', '1s', '--force')).toMatchObject({ exitCode: 2 });
    expect(await publish('2027-07', '--window', '1s', '--force', '--reason', 'we asked them all')).toMatchObject({ exitCode: 0 });
    expect((await readList())[2]).toMatchObject({
      evidence: { figures: { window: 1 } },
      forced: {
        reason: 'we asked them all',
        overridden: INDUSTRY.map((coordinate) => ({ coordinate, code: 'INSUFFICIENT_EVIDENCE' })),
      },
    });
  });
});

test('choices schema publish 2027-07 is refused with exit code 3 while the sunset has not come', async () => {
  const schema = await plant(JULY.month);
  const publishPlanted = (version: string) => run(['schema', 'publish', version, '--directory', directory], schema);
  for (const { name } of apiVersions) expect(await publishPlanted(name)).toMatchObject({ exitCode: 0 });
  await world.startRecorder(40);
  const { exitCode, text } = await publishPlanted('2027-07');
  expect(exitCode).toBe(3);
  expect([...text.matchAll(/^ {2}([A-Z_]+): (\S+):/gm)].map(([, code, coordinate]) => [code, coordinate])).toEqual(
    INDUSTRY.map((coordinate) => ['TOO_EARLY', coordinate]),
  );
});

test('an unknown version is wrong usage, next is none that can be published', async () => {
  for (const version of ['2031-01', 'next'])
    expect(await publish(version)).toMatchObject({
      exitCode: 2,
      errors: expect.stringContaining(`one of 2026-01, 2026-11, 2027-07, but got "${version}"`),
    });
});
