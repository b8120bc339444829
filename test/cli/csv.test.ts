import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../choice/migrate/verify-faults.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { RecordedStream } from './recorded-stream.ts';

let crm: TestCrm;
let folder: string;
let file: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  folder = await mkdtemp(join(tmpdir(), 'csv-'));
  file = join(folder, 'sources.csv');
});
afterAll(async () => {
  await crm.close();
  await rm(folder, { recursive: true });
});

async function run(...argv: string[]): Promise<{ exitCode: number; text: string; errors: string }> {
  const [stdout, stderr] = [new RecordedStream(), new RecordedStream()];
  const exitCode = await runCommand(crm.database.ownerUrl, ['csv', ...argv], { stdout, stderr });
  return { exitCode, text: stdout.text, errors: stderr.text };
}
const ACME = ['--tenant', 'acme', '--type', 'LEAD_SOURCE'];

test('export writes a file that a spreadsheet knows as UTF-8, or the same to stdout', async () => {
  expect(await run('export', ...ACME, file)).toEqual({ exitCode: 0, text: `5 choices of acme written to ${file}.\n`, errors: '' });
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(
    /^\ufeffkey,label,position,active,color,icon,conversion_rate_target,aliases,merged_into\nweb,Web Form,1,true,,,,,\n/,
  );
  expect(await run('export', ...ACME)).toEqual({ exitCode: 0, text, errors: '' });
  expect(JSON.parse((await run('export', ...ACME, '--json')).text)).toEqual({
    ok: true,
    tenant: 'acme',
    type: 'LEAD_SOURCE',
    choices: 5,
    csv: text.slice(1),
  });
  expect(JSON.parse((await run('export', ...ACME, '--json', file)).text)).toEqual({
    ok: true,
    tenant: 'acme',
    type: 'LEAD_SOURCE',
    choices: 5,
    file,
  });
});

test('import brings back what export wrote, and changes nothing', async () => {
  await run('export', ...ACME, file);
  expect(await run('import', ...ACME, file)).toEqual({ exitCode: 0, text: '0 created, 0 updated, 5 unchanged.\n', errors: '' });
});

test('import shows each cell that changes, in a dry run too, and records who did it and why', async () => {
  await writeFile(file, 'key,label,position\nweb,Web site ,2\nfair,Fair,\n');
  const table = `line  key    row          column    before    after
   2  web    update       label     Web Form  "Web site "
                          position  1         2
   3  fair   create       key       –         fair
                          label     –         Fair
                          position  –         6
                          active    –         true
   –  event  moves along  position  2         1
`;
  expect(await run('import', ...ACME, '--dry-run', file)).toEqual({
    exitCode: 0,
    text: `${table}\n1 to create, 1 to update, 0 unchanged.\n\nDry run: nothing was written.\n`,
    errors: '',
  });
  const { text } = await run('import', ...ACME, '--actor', 'ada', '--reason', 'ticket 7', file);
  expect(text).toBe(`${table}\n1 created, 1 updated, 0 unchanged.\n`);
  expect(JSON.parse((await run('import', ...ACME, '--json', file)).text)).toMatchObject({
    ok: true,
    dryRun: false,
    tenant: 'acme',
    type: 'LEAD_SOURCE',
    created: 0,
    unchanged: 2,
    rows: [
      { line: 2, key: 'web', action: 'unchanged', changes: [] },
      { line: 3, key: 'fair', action: 'unchanged', changes: [] },
    ],
  });
  const { rows } = await crm.owner.pool.query(
    `SELECT DISTINCT actor, operation, reason FROM choice_change WHERE tenant_id = $1 AND operation = 'csv import'`,
    [crm.tenant('acme').id],
  );
  expect(rows).toEqual([{ actor: 'ada', operation: 'csv import', reason: 'ticket 7' }]);
});

test('what is wrong in a file is told by file and line: exit code 1', async () => {
  await writeFile(file, 'key,label,active\nweb,Event,\nNew,New,\nmanual,,false\n');
  const refused = await run('import', ...ACME, file);
  expect(refused).toEqual({
    exitCode: 1,
    text: '',
    errors: `error: ${file}: nothing of it was imported, because of 1 problem:\n  ${file}:4: label: expected a value, got an empty cell\n`,
  });
  await writeFile(file, 'key,label\nweb,Event\nNew,New\n');
  const { text } = await run('import', ...ACME, '--json', file);
  expect(JSON.parse(text)).toMatchObject({
    ok: false,
    error: {
      code: 'BAD_USER_INPUT',
      data: {
        total: 2,
        problems: [
          { file, line: 2, column: 'label', code: 'BAD_USER_INPUT', data: { choice: { key: 'event' } } },
          { file, line: 3, column: 'key', code: 'BAD_USER_INPUT' },
        ],
      },
    },
  });
});

test('a file that is not there, or a folder, or a place that cannot be written to: exit code 1', async () => {
  const gone = join(folder, 'gone', 'x.csv');
  expect(await run('import', ...ACME, gone)).toMatchObject({ exitCode: 1, errors: expect.stringContaining(`${gone} cannot be read`) });
  expect(await run('import', ...ACME, folder)).toMatchObject({ exitCode: 1, errors: expect.stringContaining(`${folder} cannot be read`) });
  expect(await run('export', ...ACME, gone)).toMatchObject({ exitCode: 1, errors: expect.stringContaining(`${gone} cannot be written`) });
});

test('a pipe is read to its end, piece by piece; what cannot be read says so', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const imported = run('import', ...ACME, '--dry-run', '--json', pipe);
  const writer = await open(pipe, 'w');
  // A piece that ends in the middle of the byte order mark, and one in the middle of a character.
  const bytes = Buffer.from('\ufeffkey,label\npiped,Gepüft\n');
  for (const [from, to] of [
    [0, 2],
    [2, bytes.indexOf('ü') + 1],
    [bytes.indexOf('ü') + 1, bytes.length],
  ])
    await writer.write(bytes.subarray(from, to));
  await writer.close();
  expect(JSON.parse((await imported).text)).toMatchObject({ ok: true, created: 1 });
  expect(await run('import', ...ACME, '/proc/self/mem')).toMatchObject({
    exitCode: 1,
    errors: expect.stringContaining('/proc/self/mem cannot be read'),
  });
});

test.each([
  [['import', '--tenant', 'acme', '--type', 'INDUSTRY', '--reason', 'x'.repeat(2_001), 'x.csv'], '--reason: expected at most 2000'],
  [['export', '--type', 'INDUSTRY'], '--tenant: expected the slug of a tenant, got none'],
  [['export', '--tenant', 'acme'], '--type'],
  [['export', '--tenant', 'acme', '--type', 'Shoe'], '--type: expected one of INDUSTRY, LEAD_SOURCE,'],
  [['export', '--tenant', 'nobody', '--type', 'INDUSTRY'], 'nobody'],
  [['import', '--tenant', 'acme', '--type', 'INDUSTRY'], 'file'],
  [['import', '--tenant', 'acme', '--type', 'INDUSTRY', '--reason', ' ', 'x.csv'], '--reason: expected why, got nothing'],
  [[], 'expected a command'],
])('%j is not understood', async (argv, told) => {
  expect(await run(...argv)).toMatchObject({ exitCode: 2, errors: expect.stringContaining(told) });
});
