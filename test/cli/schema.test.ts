import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { annotateSchema } from '../../src/evolution/versions/annotate-schema.ts';
import { servedVersions } from '../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../src/evolution/versions/view-schema.ts';
import { createTestCli, loadCli, resetEngine, type TestCli } from './fake-engine.ts';

const { runCli } = await loadCli();
const OLD = `"All."
type Query {
  "A string."
  industry: String @deprecated(reason: "Use \`industryRef\`. Removed in 2020-01.")
  "A reference."
  industryRef: ID
  "A list."
  list("How many." first: Int = 10): [ID]
}
`;
const NEW = `"All."
type Query {
  "A list, 100% complete."
  list("How many." first: Int = 20): [ID]
}
`;

let folder: string;
let schema: GraphQLSchema;
let cli: TestCli;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'schema-cli-'));
  await writeFile(join(folder, 'old.graphql'), OLD);
  await writeFile(join(folder, 'new.graphql'), NEW);
  schema = buildSchema('"All." type Query { "A string." industry: String "A reference." industryRef: ID }');
  annotateSchema(schema, [['Query.industry', { deprecated: { since: '2026-11', sunset: '2027-07', replacement: 'industryRef' } }]]);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  resetEngine();
  cli = createTestCli();
});

const dependencies = () => ({
  ...cli.dependencies,
  loadSchema: () => Promise.resolve(schema),
  createSchemas: () => Promise.resolve(new Map(servedVersions.map((version) => [version, viewSchema(schema, version)]))),
});
const run = (...argv: string[]) => runCli(['schema', ...argv.map((part) => part.replace('FOLDER', folder))], dependencies());
/** What it printed, wherever the files are. */
const printed = () => cli.stdout.text.replaceAll(`${folder}/`, '');

describe('formats', () => {
  const two = ['FOLDER/old.graphql', 'FOLDER/new.graphql'];

  test('diff, for people', async () => {
    expect(await run('diff', ...two)).toBe(3);
    expect(printed()).toBe(`Breaking:
  FIELD_REMOVED: Query.industry was removed. It was deprecated: Use \`industryRef\`. Removed in 2020-01. (new.graphql:2)
  FIELD_REMOVED: Query.industryRef was removed. (new.graphql:2)

Dangerous:
  ARGUMENT_DEFAULT_CHANGED: Query.list(first:) changed its default from 10 to 20. (new.graphql:4)

Safe:
  DESCRIPTION_CHANGED: The description of Query.list was changed. (new.graphql:4)

old.graphql → new.graphql: 2 breaking, 1 dangerous, 1 safe
`);
  });

  test('check, as Markdown', async () => {
    expect(await run('check', ...two, '--format', 'markdown')).toBe(3);
    expect(printed()).toBe(`### Schema: refused

old.graphql → new.graphql: 1 refused, 1 announced, 1 dangerous, 1 safe

**Refused**

- \`Query.industryRef\` FIELD_REMOVED: Query.industryRef was removed.

**Announced removals**

- \`Query.industry\` FIELD_REMOVED: Query.industry was removed. It was deprecated: Use \`industryRef\`. Removed in 2020-01.

**Dangerous**

- \`Query.list(first:)\` ARGUMENT_DEFAULT_CHANGED: Query.list(first:) changed its default from 10 to 20.

<details>
<summary>Safe (1)</summary>

- \`Query.list\` DESCRIPTION_CHANGED: The description of Query.list was changed.

</details>
`);
  });

  test('check, as annotations', async () => {
    expect(await run('check', ...two, '--format', 'github')).toBe(3);
    expect(printed()).toBe(`::error file=new.graphql,line=2,title=FIELD_REMOVED::Query.industryRef was removed.
::notice file=new.graphql,line=2,title=FIELD_REMOVED::Query.industry was removed. It was deprecated: Use \`industryRef\`. Removed in 2020-01.
::warning file=new.graphql,line=4,title=ARGUMENT_DEFAULT_CHANGED::Query.list(first:) changed its default from 10 to 20.
old.graphql → new.graphql: 1 refused, 1 announced, 1 dangerous, 1 safe
`);
  });

  test.each([['--json'], ['--format', 'json'], ['--json', '--format', 'github']])('diff %s is one document', async (...flags) => {
    expect(await run('diff', ...two, ...flags)).toBe(3);
    expect(JSON.parse(printed())).toEqual({
      ok: false,
      subject: 'old.graphql → new.graphql',
      findings: expect.arrayContaining([
        {
          judgement: 'breaking',
          kind: 'FIELD_REMOVED',
          coordinate: 'Query.industryRef',
          message: 'Query.industryRef was removed.',
          schema: 'new.graphql',
          against: 'old.graphql',
          file: 'new.graphql',
          line: 2,
        },
      ]),
    });
  });

  test("other people's words neither command a workflow, nor bring markup, nor call anybody", async () => {
    const reason = '100% @octocat <img>\\n::error::Use `b`';
    await writeFile(join(folder, 'a,b.graphql'), `type Query { a: Int @deprecated(reason: "${reason}") b: Int }`);
    await writeFile(join(folder, 'bad.graphql'), 'type Query { b: Int }');
    await run('check', 'FOLDER/a,b.graphql', 'FOLDER/bad.graphql', '--no-descriptions', '--format', 'github');
    expect(printed().split('\n')[0]).toContain('100%25 @octocat <img>%0A::error::Use `b`. It was not said');
    await run('check', 'FOLDER/bad.graphql', 'FOLDER/a,b.graphql', '--no-descriptions', '--format', 'github');
    expect(printed()).toContain('/a%2Cb.graphql,line=1'.slice(1));
    await run('check', 'FOLDER/a,b.graphql', 'FOLDER/bad.graphql', '--no-descriptions', '--format', 'markdown');
    expect(printed()).toContain('100% @<!-- -->octocat &lt;img> ::error::Use `b`');
  });
});

describe('exit codes', () => {
  test.each<[string[], number]>([
    [['diff', 'FOLDER/old.graphql', 'FOLDER/old.graphql'], 0],
    [['diff', 'current', 'next'], 3],
    [['check', 'FOLDER/new.graphql', 'FOLDER/new.graphql'], 0],
    [['check', 'FOLDER/new.graphql'], 2],
    [['check', 'FOLDER/new.graphql', 'FOLDER/new.graphql', '--write'], 2],
    [['check', 'FOLDER/new.graphql', 'FOLDER/new.graphql', '--against', 'git:HEAD'], 2],
    [['check', '--against', 'HEAD'], 2],
    [['check', '--against', 'git:no-such-ref'], 2],
    [['check', '--against', 'git:HEAD', '--directory', 'no-such-folder'], 2],
    [['check', '--against', 'git:HEAD:docs'], 2],
    [['end', '2026-01'], 2],
    [['end', '2026-01', '--on', 'soon'], 2],
    [['end', '2026-11', '--on', '2099-01-01'], 2],
    [['check', 'a', 'b', '--notice', 'soon'], 2],
    [['diff', 'a', 'b', '--format', 'xml'], 2],
    [['print', '2031-01'], 2],
    [['print', 'git:HEAD'], 2],
    [['print', 'http://127.0.0.1/graphql', '--header', 'no header'], 2],
    [['print', 'FOLDER/none.graphql'], 1],
  ])('%j: %d', async (argv, exitCode) => {
    expect(await run(...argv)).toBe(exitCode);
    expect(exitCode === 0 || exitCode === 3).toBe(cli.stderr.text === '');
  });

  test('--allow-name and --no-… let through what else is refused', async () => {
    await writeFile(join(folder, 'raw.graphql'), 'type Query { _entities: Int a: Int @deprecated }');
    const check = (...flags: string[]) => run('check', 'FOLDER/raw.graphql', 'FOLDER/raw.graphql', ...flags);
    expect(await check('--no-descriptions', '--no-deprecations')).toBe(3);
    expect(await check('--no-descriptions', '--no-deprecations', '--allow-name', 'Query._entities')).toBe(0);
    expect(await check('--no-descriptions', '--no-deprecations', '--no-naming')).toBe(0);
    expect(await check('--no-descriptions', '--no-naming')).toBe(3);
  });
});

test('print gives the SDL of a version to the byte', async () => {
  expect(await run('print', 'next')).toBe(0);
  expect(cli.stdout.text).toBe('"""All."""\ntype Query {\n  """A reference."""\n  industryRef: ID\n}\n');
});

test('check of our own versions refuses files that are missing, writes them when told to, and tells people in short', async () => {
  const own = ['check', '--directory', folder];
  expect(await run(...own)).toBe(3);
  expect(cli.stdout.text).toContain('DRIFT: The SDL of next is missing. Run choices schema check --write');
  cli = createTestCli();
  expect(await run(...own, '--write')).toBe(0);
  expect(cli.stderr.text).toBe(
    ['versions.json', '2026-01.graphql', '2026-11.graphql', 'next.graphql'].map((name) => `${folder}/${name} written\n`).join(''),
  );
  expect(cli.stdout.text).toBe('2026-01 → 2026-11 → next: 1 announced, 1 safe\n');
  expect(await readFile(join(folder, 'next.graphql'), 'utf8')).not.toContain('industry:');
  cli = createTestCli();
  expect(await run(...own, '--write')).toBe(0);
  expect(cli.stderr.text).toBe('');
});

test('end announces the end of a published version, once, the notice ahead', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ends-'));
  const entry = { name: '2026-01', publishedAt: '2026-01-01T00:00:00.000Z', sha256: 'a'.repeat(64) };
  await writeFile(join(directory, 'versions.json'), JSON.stringify({ versions: [entry] }));
  const end = async (...argv: string[]) => {
    cli = createTestCli();
    const exitCode = await run('end', '2026-01', '--directory', directory, ...argv);
    return { exitCode, text: cli.stdout.text.replaceAll(directory, 'FOLDER') };
  };
  expect(await end('--on', '2020-01-01')).toMatchObject({
    exitCode: 3,
    text: expect.stringMatching(/^Blocked:\n {2}TOO_EARLY: 2026-01 would end on/),
  });
  const dryRun = '2026-01 could end on 9000-01-31: FOLDER/versions.json.\n\nDry run: nothing was written.\n';
  expect(await end('--on', '9000-01-31', '--dry-run')).toEqual({ exitCode: 0, text: dryRun });
  expect(await end('--on', '9000-01-31')).toEqual({ exitCode: 0, text: '2026-01 ends on 9000-01-31: FOLDER/versions.json.\n' });
  expect(await end('--on', '9000-01-31')).toEqual({
    exitCode: 0,
    text: '2026-01 ends on 9000-01-31, as was announced before: FOLDER/versions.json.\n',
  });
  expect(await end('--on', '9000-01-30', '--force', '--reason', 'why')).toMatchObject({ exitCode: 3 });
  expect(JSON.parse((await end('--on', '2020-01-01', '--json')).text)).toMatchObject({ ok: false, blockers: [{ code: 'ANNOUNCED' }] });
  expect(JSON.parse(await readFile(join(directory, 'versions.json'), 'utf8'))).toEqual({ versions: [{ ...entry, ends: '9000-01-31' }] });
  await rm(directory, { recursive: true });
});
