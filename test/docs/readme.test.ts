import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { expectPageToWork, FOLLOWING_LASTS } from './followed-page.ts';
import { type CodeBlock, readCodeBlocks } from './recipe.ts';

describe('README.md', () => {
  let blocks: CodeBlock[];
  let tour: CodeBlock[];
  let dataDir: string;
  let running: RunningProgram;
  let url: string;

  beforeAll(async () => {
    const text = await readFile('README.md', 'utf8');
    blocks = readCodeBlocks(text);
    tour = readCodeBlocks(text.slice(text.indexOf('## A tour'), text.indexOf('## Your own data')));
    dataDir = await mkdtemp(join(tmpdir(), 'readme-'));
    running = await startProgram('dist/main.js', ['serve'], { env: { DATA_DIR: dataDir, PORT: '0' } });
    url = (await running.ready).replace('/graphql', '');
  });
  afterAll(async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('opens with two commands, which are scripts of the package', async () => {
    expect(blocks.slice(0, 2).map((block) => block.text.trim())).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
  });

  test(
    'every command of the tour works, and prints what the page shows',
    async () => {
      await expectPageToWork(tour, { dataDir, url });
    },
    FOLLOWING_LASTS,
  );

  test('names every variable that the configuration reads, and no other', async () => {
    const { configVariables } = await import('../../src/config.ts');
    const text = await readFile('README.md', 'utf8');
    const named = new Set(
      [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!)),
    );
    expect([...named].toSorted()).toEqual(configVariables.map((variable) => variable.name).toSorted());
  });

  test('links to pages that are there', async () => {
    const text = await readFile('README.md', 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g)) expect(await runShell(`test -e '${target}'`)).toMatchObject({ exitCode: 0 });
  });
});
