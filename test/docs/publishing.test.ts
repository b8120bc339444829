import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runShell } from '../harness/run-command.ts';
import { type RunningProgram, startProgram } from '../harness/running-program.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { LEAD_INDUSTRY } from '../choice/migrate/legacy-leads.ts';
import { FOLLOWING_LASTS } from './followed-page.ts';
import { applyBlock, type CodeBlock, copyRepository, readCodeBlocks } from './recipe.ts';

const GIT = 'git -c user.name=a -c user.email=a@b';
const LIST = 'schema/versions.json';
const FORCE = `--force --reason 'a test'`;

describe('a field is removed as docs/schema-evolution.md says, in a copy of the repository', () => {
  let crm: TestCrm;
  let copy: Awaited<ReturnType<typeof copyRepository>>;
  let blocks: CodeBlock[];
  let env: Record<string, string>;
  let server: RunningProgram | undefined;

  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'preferred', tenants: ['acme'], fields: [LEAD_INDUSTRY] });
    copy = await copyRepository();
    blocks = readCodeBlocks(await readFile('docs/schema-evolution.md', 'utf8'));
    env = { DATABASE_URL: crm.database.ownerUrl, AUTH_SECRET: 'a secret for tests that is long enough', PORT: '0' };
    expect(await run(`git init -q -b main && ${GIT} add schema && ${GIT} commit -qm one`)).toMatchObject({ exitCode: 0 });
  }, FOLLOWING_LASTS);
  afterAll(async () => {
    await server?.stop();
    await copy.remove();
    await crm.close();
  });

  const run = (line: string) => runShell(line, { cwd: copy.folder, env });
  const choices = (argv: string) => run(`npm run -s choices -- ${argv}`);
  const commands = (name: string) =>
    blocks.filter(({ language, text }) => language === 'text' && text.includes(name)).flatMap(({ text }) => text.trim().split('\n'));
  const readList = async () =>
    (JSON.parse(await readFile(join(copy.folder, LIST), 'utf8')) as { versions: { name: string; ends?: string }[] }).versions;

  test(
    'what another commit has of the versions stays',
    async () => {
      expect(await choices('schema check --against git:main')).toMatchObject({ exitCode: 0 });
      expect(await choices('schema check --against git:main~1')).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('git knows no commit "main~1" here. A shallow clone may lack it'),
      });
      const text = await readFile(join(copy.folder, LIST), 'utf8');
      await writeFile(join(copy.folder, LIST), '{ "versions": [] }');
      expect(await choices('schema check')).toMatchObject({ exitCode: 0 });
      expect(await choices('schema check --against git:main:schema')).toMatchObject({
        exitCode: 3,
        stdout: expect.stringContaining('PUBLICATION_MISSING: 2026-01 is listed as published in git:main:schema, and no longer here'),
      });
      await writeFile(join(copy.folder, LIST), text);

      const [end] = commands('schema end');
      // The page names a day that is far enough away when it is read; here it is today that counts.
      const line = end!.replace(/\d{4}-01-31$/, `${new Date().getUTCFullYear() + 2}-01-31`);
      expect(await run(line)).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await readList()).toMatchObject([{ name: '2026-01', ends: expect.stringMatching(/-01-31$/) }]);
      expect(await choices('schema check --against git:main')).toMatchObject({ exitCode: 0 });
    },
    FOLLOWING_LASTS,
  );

  test(
    'a version without the field is neither checked nor served before it is published, and served then',
    async () => {
      const edits = blocks.filter(({ file, language }) => file?.startsWith('src/') && language === 'diff');
      expect(edits.map(({ file }) => file)).toEqual(['src/crm/choice-fields.ts', 'src/evolution/versions/api-versions.ts']);
      for (const edit of edits) await applyBlock(copy.folder, edit);
      const unpublished = '2027-07 breaks operations of 2026-11';
      expect(await choices('schema check --write')).toMatchObject({
        exitCode: 3,
        stdout: expect.stringContaining(`UNPUBLISHED_REMOVAL: ${unpublished}`),
      });
      expect(await choices('serve')).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(unpublished) });

      const results = [];
      for (const line of commands('schema publish')) results.push({ line, ...(await run(line)) });
      expect(results.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
        [0, ''],
        [3, ''],
        [3, ''],
      ]);
      expect(results[2]!.stdout).toContain('INSUFFICIENT_EVIDENCE: Lead.industry: Nothing was ever recorded');

      expect(await choices(`schema publish 2027-07 ${FORCE}`)).toMatchObject({ exitCode: 0, stderr: '' });
      expect((await readList()).map(({ name }) => name)).toEqual(['2026-01', '2026-11', '2027-07']);
      expect(await choices('schema check --against git:main')).toMatchObject({ exitCode: 0 });

      expect(await run('npm run -s build')).toMatchObject({ exitCode: 0 });
      server = await startProgram(join(copy.folder, 'dist/main.js'), ['serve'], { env });
      const url = await server.ready;
      const [older, newer] = await Promise.all(['2026-11', '2027-07'].map(async (name) => (await fetch(`${url}/${name}?sdl`)).text()));
      const lead = (sdl: string) => /^type Lead (?:.|\n)*?^}/m.exec(sdl)![0];
      expect([older, newer].map((sdl) => / industry: String/.test(lead(sdl!)))).toEqual([true, false]);
      const first = await fetch(`${url}/2026-01?sdl`);
      expect(first.headers.get('sunset')).toMatch(/ 31 Jan \d{4} 00:00:00 GMT$/);
    },
    FOLLOWING_LASTS,
  );
});
