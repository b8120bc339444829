import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCodemod } from '../harness/run-codemod.ts';

const OLD = '# leads\n{\n  lead(id: 1) {\n    industry # its key\n    id\n  }\n}\n';
const NEW = OLD.replace('industry', 'industryRef { key }');

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'codemod-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string | Buffer = OLD): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const read = (path: string) => readFile(path, 'utf8');

describe('what it shows', () => {
  test('is a diff that patch takes, and nothing is written', async () => {
    const path = await put('a.graphql', `${OLD.replace('{', 'query A {')}${'# more\n'.repeat(9)}query B { account(id: 1) { tier } }`);
    const script = await put('a.ts', 'const a = gql`{ lead(id: 1) { industry } }`;\r\nconst b = 1;\r\n');
    const [before, beforeScript] = [await read(path), await read(script)];
    const { exitCode, stdout } = await runCodemod(folder);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('-    industry # its key\n+    industryRef { key } # its key\n');
    expect(stdout).toContain('3 places in 2 files to rewrite. Nothing is written without --write.');
    expect([await read(path), await read(script)]).toEqual([before, beforeScript]);

    const diff = stdout.slice(0, stdout.indexOf('\n\n3 places') + 1).replace(/^(---|\+\+\+) [ab]\/.*\//gm, '$1 a/');
    execFileSync('git', ['apply', '-p1', '--unidiff-zero', '--whitespace=nowarn'], { cwd: folder, input: diff });
    const shown = [await read(path), await read(script)];
    await Promise.all([writeFile(path, before), writeFile(script, beforeScript)]);
    await runCodemod(folder, '--write');
    expect([await read(path), await read(script)]).toEqual(shown);
  });

  test('a script that is nested too deeply is a problem of its own', async () => {
    await put('deep.js', `gql; const deep = ${'('.repeat(20_000)}1${')'.repeat(20_000)};\n`);
    await put('reader.js', `const deep = ${'('.repeat(20_000)}1${')'.repeat(20_000)};\nshow(answer.lead.industry);\n`);
    const path = await put('b.graphql', '{ lead(id: 1) { industry } }\n');
    const { exitCode, stdout, stderr } = await runCodemod(folder, '--write');
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('deep.js:1:1: is nested too deeply: not looked into');
    expect(stdout + stderr).toContain('reader.js:1:1: is nested too deeply: call sites not looked for');
    expect(await read(path)).toBe('{ lead(id: 1) { industryRef { key } } }\n');
  });

  test('a variable that is a whole input is told of, also where nothing is rewritten', async () => {
    await put('b.graphql', 'query Find($f: TaskFilter) {\n  tasks(filter: $f) { totalCount }\n}\n');
    const { exitCode, stdout } = await runCodemod(folder);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '/b.graphql:1:1: $f of Find may hold TaskFilter.priority, TaskFilter.status, TaskFilter.taskType\nWhat these variables hold is up to the program that gives them.\n',
    );
    expect(stdout).toContain('Nothing to rewrite.');
    expect(JSON.parse((await runCodemod(folder, '--json')).stdout).inputs).toEqual([
      {
        path: expect.stringMatching(/\/b\.graphql$/),
        line: 1,
        column: 1,
        operation: 'Find',
        variable: 'f',
        coordinates: ['TaskFilter.priority', 'TaskFilter.status', 'TaskFilter.taskType'],
      },
    ]);
  });

  test('a read-only file is left as it is, and told of', async () => {
    const path = await put('b.graphql', '{ lead(id: 1) { industry } }\n');
    await chmod(path, 0o444);
    const { exitCode, stdout, stderr } = await runCodemod(folder, '--write');
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('is read-only: not written');
    expect(await read(path)).toBe('{ lead(id: 1) { industry } }\n');
  });

  test('names each filter that may find more, and counts them, before and after writing', async () => {
    const path = await put(
      'a.ts',
      'const A = gql`query A($f: LeadFilter) { a: leads(filter: { status: "new" }) { totalCount }\n  b: leads(filter: $f) { totalCount } }`;\nrun(A, { f: { industry: choice } });\n',
    );
    const lines = `${path.replace(/^.*\//, '')}:1:60: LeadFilter.status also finds aliases of the key, and choices merged into it\n1 place may not do the same as before.\n`;
    const { stdout } = await runCodemod(folder);
    expect(stdout).toContain(lines);
    expect(stdout).toContain(
      'f.industry → f.industryRef.key, which finds nothing by a value that is no key, such as an alias, and also finds aliases of the key',
    );
    const { files, callSites } = JSON.parse((await runCodemod(folder, '--json')).stdout);
    expect(files[0].edits).toEqual([{ coordinate: 'LeadFilter.status', line: 1, column: 60, note: expect.stringContaining('also finds') }]);
    expect(callSites).toMatchObject([{ line: 3, note: expect.stringContaining('also finds') }]);
    expect((await runCodemod(folder, '--write')).stdout).toContain(lines);
    expect((await runCodemod(folder)).stdout).not.toContain('may not do the same');
  });

  test('as JSON: edits, problems with their place, call sites', async () => {
    const path = await put(
      'a.ts',
      'const A = gql`{ lead(id: 1) { industry } leads(filter: { status: "?" }) { totalCount } }`;\nconst B = gql`query B { lead(id: 1) { tier: status } }`;\nconst { lead } = await run(B);\nshow(lead.tier);\n',
    );
    const { exitCode, stdout } = await runCodemod(path, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      files: [{ written: false, edits: [{ coordinate: 'Lead.status', line: 2 }] }],
      problems: [
        { line: 1, column: 58, coordinate: 'LeadFilter.status', reason: expect.stringContaining('is not among the values known') },
      ],
      callSites: [{ line: 4, column: 11, kind: 'read', confidence: 'sure', operation: 'B', after: ['lead', 'tier', 'key'] }],
    });
  });
});

describe('what it writes', () => {
  test('is the files that change, and a second run changes nothing', async () => {
    const [path, other] = [await put('deep/a.graphql'), await put('deep/b.graphql', '{ lead(id: 1) { id } }')];
    await chmod(path, 0o666);
    const untouched = await stat(other);
    expect(await runCodemod(join(folder, '**/*.graphql'), '--write')).toMatchObject({ exitCode: 0 });
    expect(await read(path)).toBe(NEW);
    expect((await stat(path)).mode & 0o7777).toBe(0o666);
    expect((await stat(other)).ino).toBe(untouched.ino);
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.graphql', 'b.graphql']);

    const written = await stat(path);
    expect(await runCodemod(folder, '--write')).toMatchObject({ exitCode: 0, stdout: 'Nothing to rewrite.\n' });
    expect((await stat(path)).ino).toBe(written.ino);
  });

  test('leaves problems with exit code 1, and rewrites the rest', async () => {
    const path = await put(
      'a.graphql',
      'query A { lead(id: 1) { industry } }\nquery B { leads(filter: { industry: "?" }) { totalCount } }\n',
    );
    const { exitCode, stdout } = await runCodemod(folder, '--write');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('a.graphql:2:27: "?" is not among the values known for LeadFilter.industry');
    expect(stdout).toContain('1 problem left.');
    expect(await read(path)).toContain('query A { lead(id: 1) { industryRef { key } } }');
  });

  test('moves call sites to where they stand after it', async () => {
    const path = await put(
      'a.ts',
      'const A = gql`{\n  lead(id: 1) {\n    industry\n    industryRef { label }\n  }\n}`;\nconst { lead } = await run(A); show(lead.industry);\n',
    );
    const { stdout } = await runCodemod(folder, '--write', '--json');
    const [{ line, column }] = JSON.parse(stdout).callSites;
    expect((await read(path)).split('\n')[line - 1]!.slice(column - 1)).toBe('industry);');
    expect(line).toBe(6);
  });

  test('is the target of a link, which stays one', async () => {
    const path = await put('a.graphql');
    await symlink('a.graphql', join(folder, 'b.graphql'));
    expect(await runCodemod(join(folder, '*.graphql'), '--write')).toMatchObject({ exitCode: 0 });
    expect((await lstat(join(folder, 'b.graphql'))).isSymbolicLink()).toBe(true);
    expect(await read(path)).toBe(NEW);
  });
});

describe('what it does not look into', () => {
  test('node_modules, dist and .git, unless the file is named', async () => {
    const paths = await Promise.all(['node_modules/a/a.graphql', 'x/dist/a.graphql', '.git/a.graphql'].map((name) => put(name)));
    await put('x/a.graphql');
    expect(await runCodemod(join(folder, '**/*.graphql'), folder, '--write')).toMatchObject({ exitCode: 0 });
    for (const path of paths) expect(await read(path)).toBe(OLD);
    expect(await runCodemod(paths[1]!, '--write')).toMatchObject({ exitCode: 0 });
    expect(await read(paths[1]!)).toBe(NEW);
  });

  test('links to files outside', async () => {
    const target = await put('outside/a.graphql');
    await put('tree/b.graphql');
    await symlink(target, join(folder, 'tree/a.graphql'));
    await symlink(join(folder, 'outside'), join(folder, 'tree/folder'));
    const { exitCode, stdout } = await runCodemod(join(folder, 'tree'), '--write');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('tree/a.graphql: is a link to another folder: not followed');
    expect(await read(target)).toBe(OLD);
  });

  test.each<[string, Buffer | string, string]>([
    ['another encoding', Buffer.from('# caf\u00e9\n{ lead(id: 1) { industry } }', 'latin1'), 'is not UTF-8'],
    ['UTF-16', Buffer.from('\uFEFF{ lead(id: 1) { industry } }', 'utf16le'), 'is no text'],
    ['a film', Buffer.from([0x47, 0, 1, 2, 3]), 'is no text'],
    ['something huge', '# x\n'.repeat(1_100_000), 'is longer than 4 MiB'],
  ])('%s stays to the byte, and is reported', async (_, content, reason) => {
    const path = await put('a.ts', content);
    const before = await readFile(path);
    const { exitCode, stdout } = await runCodemod(folder, '--write');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`a.ts: ${reason}`);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  test('a link that leads nowhere is reported', async () => {
    await symlink('nothing', join(folder, 'a.graphql'));
    const { exitCode, stdout } = await runCodemod(folder);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('a.graphql: cannot be read: ENOENT');
  });

  test('a name with brackets is itself', async () => {
    const path = await put('[id].ts', 'gql`{ lead(id: 1) { industry } }`');
    expect(await runCodemod(path, '--write')).toMatchObject({ exitCode: 0 });
    expect(await read(path)).toContain('industryRef { key }');
  });
});

describe('bad input', () => {
  test.each<[string, () => Promise<string[]> | string[], string]>([
    ['no glob', () => [], "missing required argument 'glob'"],
    ['a glob without files', () => [join(folder, '*.graphql')], 'expected files that can hold GraphQL documents'],
    ['a file that cannot hold any', async () => [await put('a.md')], 'expected .graphql, TypeScript or JavaScript files'],
    ['variables without a proof', () => [folder, '--variables', 'a.json'], '--variables: expected --prove URL with it'],
    ['a token without a proof', () => [folder, '--token', 'secret'], '--token: expected --prove URL with it'],
    ['no URL', () => [folder, '--prove', 'localhost:4000/graphql'], '--prove: expected the http or https URL'],
    ['a URL with a password', () => [folder, '--prove', 'http://a:secret@127.0.0.1/graphql'], '--prove: expected the http or https URL'],
    ['no header', () => [folder, '--prove', 'http://127.0.0.1:1', '--header', 'x'], 'Expected NAME: VALUE'],
    [
      'variables that are no JSON',
      async () => [folder, '--prove', 'http://127.0.0.1:1', '--variables', await put('v.json', '{')],
      'cannot be read as JSON',
    ],
    [
      'variables that are no object',
      async () => [folder, '--prove', 'http://127.0.0.1:1', '--variables', await put('v.json', '[]')],
      'got another document',
    ],
    [
      'a set of variables that is none',
      async () => [folder, '--prove', 'http://127.0.0.1:1', '--variables', await put('v.json', '{"A":[1]}')],
      'got another value of A',
    ],
    [
      'a version without the old members',
      async () => [await put('a.graphql'), '--schema', 'next'],
      '--schema next has nothing that is to be rewritten',
    ],
    [
      'a version without the new members',
      async () => [await put('a.graphql'), '--schema', '2026-01'],
      '--schema 2026-01 lacks Lead.industryRef',
    ],
  ])('%s is refused with exit code 2', async (_, argv, message) => {
    const { exitCode, stderr } = await runCodemod(...(await argv()));
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('secret');
    expect(exitCode).toBe(2);
  });

  test('a server that cannot be reached is a failure, and nothing is written', async () => {
    const path = await put('a.graphql');
    const { exitCode, stderr } = await runCodemod(path, '--write', '--prove', 'http://127.0.0.1:1/graphql');
    expect(stderr).toContain('http://127.0.0.1:1/graphql cannot be asked');
    expect(exitCode).toBe(1);
    expect(await read(path)).toBe(OLD);
  });

  test('a schema of a file', async () => {
    const path = await put('a.graphql');
    expect(await runCodemod(path, '--schema', 'schema/2026-11.graphql', '--write')).toMatchObject({ exitCode: 0 });
    expect(await read(path)).toBe(NEW);
  });
});
