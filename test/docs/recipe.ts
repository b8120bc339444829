import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A fenced block of a document: its language, its text, and the file that the line before it names. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly file: string | undefined;
}

/** Every fenced block of a Markdown text, in order. */
export function readCodeBlocks(markdown: string): CodeBlock[] {
  const pattern = /(?:^`([^`\n]+)`:\n\n)?^```(\w+)\n(.*?)^```$/gms;
  return [...markdown.matchAll(pattern)].map(([, file, language, text]) => ({ file, language: language!, text: text! }));
}

/** A copy of the repository, sharing its installed packages. */
export async function copyRepository(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
  for (const part of [
    'src',
    'schema',
    'scripts',
    'examples',
    'test',
    'package.json',
    'tsconfig.json',
    'codegen.yml',
    'jest.config.mjs',
    'eslint.config.mjs',
    '.dependency-cruiser.mjs',
  ])
    await cp(part, join(folder, part), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'dir');
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Does what a block that names a file says: writes the file, or applies the difference to it. */
export async function applyBlock(folder: string, { file, language, text }: CodeBlock): Promise<void> {
  const path = join(folder, file!);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, language === 'diff' ? applyDifference(await readFile(path, 'utf8'), text) : text);
}

/** Each line of context is looked for after the last one; what is added comes right after it. */
function applyDifference(source: string, difference: string): string {
  const lines = source.split('\n');
  let at = 0;
  for (const line of difference.trimEnd().split('\n')) {
    const [sign, rest] = [line[0], line.slice(1)];
    if (sign === '+') {
      lines.splice(at, 0, rest);
      at += 1;
      continue;
    }
    const found = lines.indexOf(rest, at);
    if (found === -1) throw new Error(`the document's difference does not fit: "${rest}" is not there`);
    if (sign === '-') lines.splice(found, 1);
    at = sign === '-' ? found : found + 1;
  }
  return lines.join('\n');
}
