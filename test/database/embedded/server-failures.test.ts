import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createCluster, ensureCluster } from '../../../src/database/embedded/cluster.ts';
import { findPostgresBinaries, type PostgresBinaries } from '../../../src/database/embedded/postgres-binaries.ts';
import { describeServerHome, type ServerHome } from '../../../src/database/embedded/server-home.ts';
import { ensureServerUser } from '../../../src/database/embedded/server-user.ts';
import { ensureServerRuns } from '../../../src/database/embedded/start-server.ts';
import { ToolError } from '../../../src/database/embedded/run-tool.ts';
import { OperationError } from '../../../src/errors.ts';

let home: ServerHome;
let binaries: PostgresBinaries;

beforeEach(async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'server-failures-test-'));
  await chmod(directory, 0o755);
  home = describeServerHome(directory);
  binaries = await findPostgresBinaries(await ensureServerUser(), () => undefined);
});

afterEach(() => rm(home.directory, { recursive: true }));

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function writeProgram(text: string): Promise<string> {
  const file = path.join(home.directory, 'program');
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

test('an initdb that fails is reported in its own last words, and leaves nothing behind', async () => {
  const initdb = await writeProgram('echo "creating subdirectories ... ok"; echo "initdb: error: No space left on device" >&2; exit 1');
  const failure = await failureOf(ensureCluster({ ...binaries, initdb }, home.cluster, 'secret-password'));
  expect(failure).toBeInstanceOf(OperationError);
  expect(failure).toMatchObject({
    message: expect.stringMatching(/cannot be set up in .*\n.*\n {2}initdb: error: No space left on device$/),
  });
  expect((failure as Error).cause).toBeInstanceOf(ToolError);
  expect((failure as Error).message).not.toContain('secret-password');
  expect(await readdir(home.directory)).toEqual(['program']);
});

test('an initdb that cannot be run is reported by name', async () => {
  const failure = await failureOf(ensureCluster({ ...binaries, initdb: '/no/such/initdb' }, home.cluster, 'secret-password'));
  expect(failure).toBeInstanceOf(OperationError);
  expect((failure as Error).message).toMatch(/\/no\/such\/initdb cannot be run/);
});

test('a directory that is no cluster is not touched', async () => {
  await mkdir(home.cluster);
  await writeFile(path.join(home.cluster, 'precious'), '');
  await expect(ensureCluster(binaries, home.cluster, 'secret-password')).rejects.toThrow(/holds no PostgreSQL cluster/);
  expect(await readdir(home.cluster)).toEqual(['precious']);
});

test('a server that does not start is reported in the last words of its log', async () => {
  await createCluster(binaries, home.cluster, 'secret-password', { sync: false });
  const failure = await failureOf(ensureServerRuns(binaries, home, { max_connections: 'many' }));
  expect(failure).toBeInstanceOf(OperationError);
  expect((failure as Error).message).toMatch(/does not start .*\n[^]*invalid value for parameter "max_connections": "many"/);
  expect((failure as Error).cause).toBeInstanceOf(ToolError);
});
