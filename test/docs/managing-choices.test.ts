import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { expectPageToWork, FOLLOWING_LASTS } from './followed-page.ts';
import { readCodeBlocks } from './recipe.ts';

let text: string;
let dataDir: string;
let running: RunningProgram;
beforeAll(async () => {
  text = await readFile('docs/managing-choices.md', 'utf8');
  dataDir = await mkdtemp(join(tmpdir(), 'managing-choices-'));
  running = await startProgram('dist/main.js', ['serve'], { env: { DATA_DIR: dataDir, PORT: '0' } });
});
afterAll(async () => {
  await running.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test(
  'every command of the page works, and prints what the page shows',
  async () => {
    const url = (await running.ready).replace('/graphql', '');
    await expectPageToWork(readCodeBlocks(text), { dataDir, url });
  },
  FOLLOWING_LASTS,
);

test('the page links to pages that are there', async () => {
  for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g))
    expect(await runShell(`test -e 'docs/${target}'`)).toMatchObject({ exitCode: 0 });
});
