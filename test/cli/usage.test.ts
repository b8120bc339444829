import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { annotateCrmSchema } from '../../src/crm/crm-schema.ts';
import { runCommand } from '../choice/migrate/verify-faults.ts';
import { INDUSTRY, useRemovalWorld } from '../evolution/removal/removal-world.ts';
import { RecordedStream } from './recorded-stream.ts';

const world = useRemovalWorld(annotateCrmSchema);
const LEADS = '{ leads { nodes { industry } } }';

async function run(...argv: string[]): Promise<{ exitCode: number; text: string; errors: string }> {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const exitCode = await runCommand(world.crm.database.ownerUrl, ['usage', ...argv], { stdout, stderr });
  return { exitCode, text: stdout.text, errors: stderr.text };
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what each test asserts
async function runJson(...argv: string[]): Promise<any> {
  const { exitCode, text } = await run(...argv, '--json');
  return { exitCode, ...JSON.parse(text) };
}

describe('choices usage', () => {
  beforeEach(async () => {
    await world.startRecorder(40);
    await world.execute(LEADS, { version: '2026-01', pinned: true, client: 'web\u202e', clientVersion: '' });
    await world.execute(LEADS, { tenantId: world.crm.tenant('globex').id, client: 'theirs' });
    await world.execute(LEADS, { tenantId: world.crm.tenant('globex').id, client: '' });
  });

  test('lists each deprecated coordinate with its verdict, who uses it, and what else keeps it', async () => {
    const { exitCode, text } = await run();
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^Lead\.industry +IN_USE +2027-07 +3$/m);
    expect(text).toMatch(/^Account\.industry +DATA_NOT_READY +2027-07 +0$/m);
    expect(text).toMatch(/^Lead\.industry +"web\\u202e" +acme +2026-01 +\(pinned\) +Leads +\d{4}-\S+Z +1$/m);
    expect(text).toMatch(/^Lead\.industry +\(unnamed\) +globex +2026-11 +Leads +\S+ +1$/m);
    expect(text).toMatch(/^DATA_NOT_READY: Account\.industry of acme is at phase expanded\. Run: choices populate/m);
    expect(text).toMatch(/^INSUFFICIENT_EVIDENCE: 25 % of the operations/m);
    expect(text).toMatch(
      /^Recorded since \S+Z, in 30 days: 4 operations, 1 of clients without a name, 0 not kept whole; 100 % of the time is covered\.$/m,
    );
    expect(text.match(/DATA_NOT_READY: Account\.industry of acme/g)).toHaveLength(1);
  });

  test('answers with all it knows as JSON: 0 whatever it finds', async () => {
    const answer = await runJson('--coordinate', 'Lead.industry', '--coordinate', 'LeadFilter.industry', '--window', '7d');
    expect(answer).toMatchObject({ exitCode: 0, ok: true, version: '2026-11', window: 7 * 86_400, tenant: null });
    expect(
      answer.deprecations.map(({ coordinate, keys }: never) => [coordinate, (keys as { clients: { ok: boolean } }).clients.ok]),
    ).toEqual([
      ['Lead.industry', false],
      ['LeadFilter.industry', true],
    ]);
    expect(answer.deprecations[0].keys.clients.uses).toMatchObject([
      { client: '', tenant: 'globex', tenantId: world.crm.tenant('globex').id, pinned: false },
      { client: 'theirs' },
      { client: 'web\u202e', tenant: 'acme', pinned: true },
    ]);
    expect(answer.deprecations[0].keys.evidence.figures).toMatchObject({ window: 7 * 86_400, operations: 4, unnamedOperations: 1 });
  });

  test('tells of one tenant alone, and how many others there are', async () => {
    const answer = await runJson('--coordinate', 'Lead.industry', '--tenant', 'acme');
    expect(answer).toMatchObject({
      exitCode: 0,
      tenant: 'acme',
      deprecations: [{ verdict: 'IN_USE', keys: { clients: { uses: [{ client: 'web\u202e' }], othersUsing: 2 } } }],
    });
    const { text } = await run('--coordinate', 'Lead.industry', '--tenant', 'acme');
    expect(text).toMatch(/^coordinate +verdict +sunset +clients +others$/m);
    expect(text).toMatch(/^Lead\.industry +IN_USE +2027-07 +1 +2$/m);
    expect(text).not.toContain('theirs');
  });

  test.each([
    [['--coordinate', 'Lead.industri'], 'Did you mean Lead.industry'],
    [['--coordinate', 'Lead.indus*'], 'is not deprecated in 2026-11'],
    [['--window', 'a month'], 'Expected a span'],
    [['--tenant', 'initech'], 'Unknown tenant "initech"'],
    [['--tenant', 'acme', '--tenant', 'globex'], 'expected one tenant'],
    [['Lead.industry'], ''],
    [['client', 'web'], '--deprecations'],
    [['client', 'web', '--deprecations', 'maybe'], 'on, off'],
    [['client', '(others)', '--deprecations', 'on'], 'Expected the name of a client'],
    [['register', 'nowhere.json', '--client', 'web'], 'the manifest cannot be read'],
    [['register', 'nowhere.json'], '--client'],
    [['clients', '--window', '7d'], '--window'],
  ])('%j is wrong usage: exit code 2', async (argv, message) => {
    const { exitCode, errors } = await run(...argv);
    expect(exitCode).toBe(2);
    expect(errors).toContain(message);
  });
});

describe('registered documents and clients', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'manifest-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const write = async (documents: Record<string, string>) => {
    const path = join(directory, 'persisted-documents.json');
    await writeFile(path, JSON.stringify(documents));
    return path;
  };
  const findUsers = async () =>
    (await runJson(...INDUSTRY.flatMap((coordinate) => ['--coordinate', coordinate]))).deprecations.flatMap(
      ({ coordinate, keys }: { coordinate: string; keys: { clients: { registered: { client: string }[] } } }) =>
        keys.clients.registered.map(({ client }) => `${coordinate} ${client}`),
    );

  test('are registered, count as use, and are taken back', async () => {
    const path = await write({ d1: LEADS, d2: '{ accounts { nodes { name } } }' });
    const of = ['--client', 'kiosk', '--client-version', '2.1'];
    expect(await runJson('register', path, ...of)).toEqual({ exitCode: 0, ok: true, client: 'kiosk', clientVersion: '2.1', documents: 2 });
    expect(await findUsers()).toEqual(['Lead.industry kiosk']);
    expect((await run('--coordinate', 'Lead.industry')).text).toMatch(/^Lead\.industry +kiosk 2\.1 +\(anonymous\) +registered$/m);
    expect(await run('unregister', ...of)).toMatchObject({ exitCode: 0, text: 'Took back 2 documents of kiosk 2.1.\n' });
    expect(await findUsers()).toEqual([]);
    expect(await run('unregister', ...of)).toMatchObject({ exitCode: 0, text: 'Took back 0 documents of kiosk 2.1.\n' });
  });

  test('one that is valid in no version is refused: exit code 2, and nothing is registered', async () => {
    const path = await write({ d1: LEADS, d2: '{ nothing }' });
    expect(await run('register', path, '--client', 'kiosk')).toMatchObject({ exitCode: 2, errors: expect.stringContaining('"d2"') });
    expect(await findUsers()).toEqual([]);
  });

  test('clients are listed with what was settled about them', async () => {
    expect((await run('clients')).text).toBe('No client has named itself yet.\n');
    await world.startRecorder(1);
    await world.execute(LEADS);
    await world.execute(LEADS, { client: '' });
    await run('register', await write({ d1: LEADS }), '--client', 'kiosk');
    expect(await run('client', 'loud', '--deprecations', 'off')).toMatchObject({
      exitCode: 0,
      text: 'loud is not told what it uses that is deprecated.\n',
    });
    await run('client', 'web', '--deprecations', 'off');
    await run('client', 'web', '--deprecations', 'on');
    expect(await runJson('clients')).toEqual({
      exitCode: 0,
      clients: [
        { name: 'kiosk', tellsDeprecations: true, documents: 1, lastSeen: null },
        { name: 'loud', tellsDeprecations: false, documents: 0, lastSeen: null },
        { name: 'web', tellsDeprecations: true, documents: 0, lastSeen: expect.any(String) },
      ],
    });
    expect((await run('clients')).text).toMatch(/^loud +no +0 +never$/m);
  });
});
