import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import { FOLLOWING_LASTS } from './followed-page.ts';
import { type CodeBlock, readCodeBlocks } from './recipe.ts';

const BEFORE = '"All."\ntype Query {\n  "One."\n  a: ID\n}\n';

describe('docs/schema-evolution.md', () => {
  let blocks: CodeBlock[];
  let folder: string;
  beforeAll(async () => {
    blocks = readCodeBlocks(await readFile('docs/schema-evolution.md', 'utf8'));
    folder = await mkdtemp(join(tmpdir(), 'others-ci-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test(
    'every command of the page works; diff finds nothing that breaks 2026-01',
    async () => {
      const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'));
      expect(lines).toHaveLength(8);
      const env = { DATA_DIR: join(folder, 'data') };
      for (const line of ['npm run -s choices -- db up', ...lines])
        expect({ line, ...(await runShell(line, { env })) }).toMatchObject({ line, exitCode: 0 });
    },
    FOLLOWING_LASTS,
  );

  test("the workflow's check passes a pull request that adds, and annotates one that breaks", async () => {
    const workflow = blocks.find(({ file }) => file === '.github/workflows/schema.yml')!.text;
    const command = /- run: (npx choices .*)$/m.exec(workflow)![1]!;

    await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
    await chmod('dist/main.js', 0o755);
    await symlink(resolve('dist/main.js'), join(folder, 'node_modules/.bin/choices'));
    await writeFile(join(folder, 'schema.graphql'), BEFORE);
    const git = 'git -c user.name=a -c user.email=a@b';
    const set = `git init -q -b main && git add schema.graphql && ${git} commit -qm one && git update-ref refs/remotes/origin/main HEAD`;
    expect(await runShell(set, { cwd: folder })).toMatchObject({ exitCode: 0 });

    await writeFile(join(folder, 'schema.graphql'), BEFORE.replace('}', '  "Two."\n  b: ID\n}'));
    expect(await runShell(command, { cwd: folder })).toMatchObject({
      exitCode: 0,
      stdout: 'git:origin/main:schema.graphql → schema.graphql: 1 safe\n',
    });

    await writeFile(join(folder, 'schema.graphql'), BEFORE.replace('a: ID', 'b_c: ID'));
    expect(await runShell(command, { cwd: folder })).toMatchObject({
      exitCode: 3,
      stdout: `::error file=schema.graphql,line=2,title=FIELD_REMOVED::Query.a was removed.
::error file=schema.graphql,line=4,title=NAME::Query.b_c is not named in camelCase.
git:origin/main:schema.graphql → schema.graphql: 2 refused, 1 safe
`,
    });
  });
});
