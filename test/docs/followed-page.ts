import { expect } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import type { CodeBlock } from './recipe.ts';

/** What a page says that the commands before it print: its blocks that are neither commands nor layouts. */
const OUTPUT = new Set(['json', 'text']);
/** In milliseconds, less than `FOLLOWING_LASTS`. */
const LONGEST_PAGE = 170_000;
/** How long a test that follows a page may last, in milliseconds. */
export const FOLLOWING_LASTS = 180_000;
const MARK = '----- end of block';

/** Runs every command of a page, in one shell, as somebody would who follows it, and looks for every line that it shows. */
export async function expectPageToWork(page: readonly CodeBlock[], { dataDir, url }: { dataDir: string; url: string }): Promise<void> {
  const commands = page.filter((block) => block.language === 'sh');
  const script = ['set -e', ...commands.map((block) => `${block.text}\necho; echo '${MARK}'`)]
    .join('\n')
    .replaceAll('http://127.0.0.1:4000', url);
  const { exitCode, stdout, stderr } = await runShell(script, { env: { DATA_DIR: dataDir }, longestRun: LONGEST_PAGE });
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' });

  const printed = stdout.split(`${MARK}\n`);
  expect(printed).toHaveLength(commands.length + 1);
  for (const [index, block] of page.entries()) {
    if (!OUTPUT.has(block.language)) continue;
    const lines = printed[commands.indexOf(page[index - 1]!)]!.split('\n').map((line) => line.trimEnd());
    for (const line of block.text.trimEnd().split('\n')) expect(lines).toContain(line);
  }
}
