import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { acquireEmbeddedServer } from '../../../src/database/embedded/embedded-server.ts';
import { tryLock } from '../../../src/database/embedded/file-lock.ts';
import { findLivePostmaster } from '../../../src/database/embedded/postmaster.ts';
import { describeServerHome, type ServerHome } from '../../../src/database/embedded/server-home.ts';
import { ensureServerUser } from '../../../src/database/embedded/server-user.ts';
import { buildServerHolder, type ServerHolder, startServerHolder } from '../../harness/server-holder.ts';
import { runAsSuperuser as connect } from '../../harness/superuser.ts';
import { waitUntil } from '../../harness/wait-until.ts';

let programDir: string;
let dataDir: string;
let home: ServerHome;
let holders: ServerHolder[];

beforeAll(async () => {
  programDir = await mkdtemp(path.resolve('node_modules/.server-holder-'));
  await buildServerHolder(path.join(programDir, 'holder.mjs'));
});

afterAll(() => rm(programDir, { recursive: true }));

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'embedded-server-test-'));
  home = describeServerHome(dataDir);
  holders = [];
});

afterEach(async () => {
  await Promise.all(holders.map((holder) => holder.release()));
  const left = await findLivePostmaster(home.cluster).catch(() => undefined);
  if (left !== undefined) process.kill(left.pid, 'SIGQUIT');
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
});

const say: string[] = [];
const acquire = () => acquireEmbeddedServer(dataDir, (line) => say.push(line));

function hold(): ServerHolder {
  const holder = startServerHolder(path.join(programDir, 'holder.mjs'), dataDir);
  holders.push(holder);
  return holder;
}

async function postmasterPid(): Promise<number | undefined> {
  return (await findLivePostmaster(home.cluster))?.pid;
}

async function selectOne(url: string): Promise<unknown> {
  return connect(url, async (client) => (await client.query('SELECT 1 AS one')).rows[0]);
}

async function killPostmaster(): Promise<number> {
  const pid = (await postmasterPid()) ?? 0;
  process.kill(pid, 'SIGKILL');
  await waitUntil('the postmaster is dead', async () => (await postmasterPid()) === undefined);
  return pid;
}

test('the first start sets up a server whose owner is no superuser, and it is stopped in the end', async () => {
  const server = await acquire();
  const { rows } = await connect(server.ownerUrl, (client) =>
    client.query(`SELECT current_user, rolsuper, rolcreaterole, current_database() AS database, inet_server_addr() AS address,
                         current_setting('server_version_num')::int / 10000 AS major, current_setting('fsync') AS fsync,
                         pg_encoding_to_char(encoding) AS encoding,
                         pg_get_userbyid(datdba) AS owner, lower('É') AS lower, lower('É' COLLATE "und-x-icu") AS icu_lower
                    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`),
  );
  expect(rows).toEqual([
    {
      current_user: 'choices',
      rolsuper: false,
      rolcreaterole: true,
      database: 'choices',
      address: '127.0.0.1',
      major: 18,
      fsync: 'on',
      encoding: 'UTF8',
      owner: 'choices',
      lower: 'é',
      icu_lower: 'é',
    },
  ]);
  const [, , , , socketDirectory, listenAddress] = (await readFile(path.join(home.cluster, 'postmaster.pid'), 'utf8')).split('\n');
  expect({ socketDirectory, listenAddress }).toEqual({ socketDirectory: '', listenAddress: '127.0.0.1' });
  expect((await stat(path.join(dataDir, 'secrets'))).mode & 0o777).toBe(0o600);
  await Promise.all([server.release(), server.release()]);
  expect(await postmasterPid()).toBeUndefined();
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres.lock', 'postgres.log', 'postgres.users', 'secrets']);
});

test('a second start finds what the first one left, under the same URL, and sets up nothing', async () => {
  const first = await acquire();
  await connect(first.ownerUrl, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
  await first.release();
  const secrets = await readFile(path.join(dataDir, 'secrets'), 'utf8');
  say.length = 0;
  const second = await acquire();
  try {
    expect(say).toEqual([]);
    expect(second.ownerUrl).toBe(first.ownerUrl);
    expect(await readFile(path.join(dataDir, 'secrets'), 'utf8')).toBe(secrets);
    const { rows } = await connect(second.ownerUrl, (client) => client.query('SELECT value FROM kept'));
    expect(rows).toEqual([{ value: 7 }]);
  } finally {
    await second.release();
  }
});

test('a directory with a space, a quote and a dollar in its name is as good as any', async () => {
  await chmod(dataDir, 0o755);
  const odd = path.join(dataDir, `o'dd "$HOME" \`id\` dir`);
  const server = await acquireEmbeddedServer(odd, () => undefined);
  try {
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    expect(await readdir(odd)).toContain('postgres.log');
    expect((await findLivePostmaster(path.join(odd, 'postgres')))?.ready).toBe(true);
  } finally {
    await server.release();
  }
});

test('when the starter leaves first, the server stays until the last one leaves', async () => {
  const starter = hold();
  await starter.ownerUrl;
  const other = await acquire();
  const pid = await postmasterPid();
  await starter.release();
  expect(await postmasterPid()).toBe(pid);
  expect(await selectOne(other.ownerUrl)).toEqual({ one: 1 });
  await other.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('two users within one process count as two', async () => {
  const [first, second] = await Promise.all([acquire(), acquire()]);
  await first.release();
  expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
  await second.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('a killed user no longer counts: the last one alive stops the server', async () => {
  const killed = hold();
  await killed.ownerUrl;
  const last = await acquire();
  await killed.kill('SIGKILL');
  await last.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('when all users were killed the server runs on, and the next one takes it over and stops it in the end', async () => {
  const killed = [hold(), hold()];
  await Promise.all(killed.map(({ ownerUrl }) => ownerUrl));
  const pid = await postmasterPid();
  await Promise.all(killed.map((holder) => holder.kill('SIGKILL')));
  expect(await postmasterPid()).toBe(pid);
  const next = await acquire();
  expect(await postmasterPid()).toBe(pid);
  await next.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('Ctrl-C in the terminal of a user does not reach the server', async () => {
  const holder = hold();
  await holder.ownerUrl;
  const other = await acquire();
  const pid = await postmasterPid();
  await holder.kill('SIGINT', { group: true });
  expect(await selectOne(other.ownerUrl)).toEqual({ one: 1 });
  expect(await postmasterPid()).toBe(pid);
  await other.release();
});

test('four that start at once on an empty directory share one server, set up once', async () => {
  const four = [hold(), hold(), hold(), hold()];
  const urls = await Promise.all(four.map(({ ownerUrl }) => ownerUrl));
  expect(new Set(urls).size).toBe(1);
  expect(four.flatMap(({ messages }) => messages).filter((line) => line.includes('has been set up'))).toHaveLength(1);
  expect(await selectOne(urls[0] ?? '')).toEqual({ one: 1 });
  await Promise.all(four.map((holder) => holder.release()));
  expect(await postmasterPid()).toBeUndefined();
});

test('one that joins while the last one leaves has a server in the end', async () => {
  const leaving = await acquire();
  const lock = tryLock(home.lock, 'exclusive');
  const left = leaving.release();
  const joined = acquire();
  lock?.release();
  await left;
  const server = await joined;
  expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
  await server.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('a server that is found stopping is waited for and started anew', async () => {
  const killed = hold();
  const url = await killed.ownerUrl;
  const pid = (await postmasterPid()) ?? 0;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await killed.kill('SIGKILL');
  // A smart shutdown lasts until the last client has gone (manual, 18.5).
  process.kill(pid, 'SIGTERM');
  await waitUntil('the server is stopping', async () => (await findLivePostmaster(home.cluster))?.ready === false);
  const joining = acquire();
  await waitUntil('the joiner holds the lock', () => {
    const lock = tryLock(home.lock, 'exclusive');
    lock?.release();
    return lock === undefined;
  });
  expect(await postmasterPid()).toBe(pid);
  await client.end();
  const server = await joining;
  expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
  expect(await postmasterPid()).not.toBe(pid);
  await server.release();
});

test('after the death of the postmaster the next start recovers what was committed, under the URL that others still have', async () => {
  const survivor = hold();
  const url = await survivor.ownerUrl;
  await connect(url, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
  const idle = new pg.Client({ connectionString: url });
  idle.on('error', () => undefined);
  await idle.connect();
  const dead = await killPostmaster();
  const server = await acquire();
  expect(server.ownerUrl).toBe(url);
  expect(await postmasterPid()).not.toBe(dead);
  expect((await connect(url, (client) => client.query('SELECT value FROM kept'))).rows).toEqual([{ value: 7 }]);
  await idle.end();
  await server.release();
  expect(await postmasterPid()).toBeDefined();
  await survivor.release();
  expect(await postmasterPid()).toBeUndefined();
});

test('releasing a server that died is no failure', async () => {
  const server = await acquire();
  await killPostmaster();
  await expect(server.release()).resolves.toBeUndefined();
});

test('a process id that was the postmaster and is now another process does not keep the server from starting', async () => {
  const killed = hold();
  await killed.ownerUrl;
  const pid = await killPostmaster();
  await killed.kill('SIGKILL');
  const stranger = spawn('/bin/sleep', ['1000'], { ...(await ensureServerUser()), stdio: 'ignore' });
  try {
    const file = path.join(home.cluster, 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    expect(text.startsWith(`${pid}\n`)).toBe(true);
    await writeFile(file, text.replace(String(pid), String(stranger.pid)));
    const server = await acquire();
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    await server.release();
    expect(stranger.exitCode).toBeNull();
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('where the last port is taken by somebody else, another one is used', async () => {
  const first = await acquire();
  const { port } = new URL(first.ownerUrl);
  await first.release();
  const squatter = createServer().listen(Number(port), '127.0.0.1');
  try {
    const second = await acquire();
    expect(new URL(second.ownerUrl).port).not.toBe(port);
    expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
    await second.release();
  } finally {
    squatter.close();
  }
});

test('a start that was killed while initdb ran is begun anew, and nothing of it is left', async () => {
  const killed = hold();
  const drafts = async (): Promise<string[]> => (await readdir(dataDir)).filter((name) => name.startsWith('postgres.new-'));
  await waitUntil('initdb works in its draft', async () => {
    const [draft] = await drafts();
    return draft !== undefined && (await readdir(path.join(dataDir, draft)).catch((): string[] => [])).includes('cluster');
  });
  await killed.kill('SIGKILL');
  expect(await readdir(dataDir)).not.toContain('postgres');
  for (const expected of ['set up', 'found']) {
    say.length = 0;
    const server = await acquire();
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    expect(say.some((line) => line.includes('has been set up'))).toBe(expected === 'set up');
    await server.release();
  }
  await waitUntil('the orphaned initdb has ended', async () => {
    await acquire().then((server) => server.release());
    return (await drafts()).length === 0;
  });
});

test('a start that was killed before the database was made completes it', async () => {
  const first = await acquire();
  const secrets = JSON.parse(await readFile(path.join(dataDir, 'secrets'), 'utf8')) as { superuserPassword: string };
  const superuser = new URL(first.ownerUrl);
  superuser.username = 'postgres';
  superuser.password = secrets.superuserPassword;
  superuser.pathname = 'postgres';
  await connect(superuser.href, (client) => client.query('DROP DATABASE choices'));
  const second = await acquire();
  expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
  await connect(superuser.href, async (client) => {
    await client.query('DROP DATABASE choices');
    await client.query('DROP ROLE choices');
  });
  const third = await acquire();
  expect(await selectOne(third.ownerUrl)).toEqual({ one: 1 });
  await Promise.all([first, second, third].map((server) => server.release()));
});

test('a cluster of another PostgreSQL version is refused, and left as it is', async () => {
  await acquire().then((server) => server.release());
  await writeFile(path.join(home.cluster, 'PG_VERSION'), '17\n');
  await expect(acquire()).rejects.toThrow(/was made by PostgreSQL 17; the embedded one is 18 .*DATABASE_URL/);
  await writeFile(path.join(home.cluster, 'PG_VERSION'), '18\n');
  await acquire().then((server) => server.release());
});

test('secrets that are not those of the database are named, and the server is stopped again', async () => {
  await acquire().then((server) => server.release());
  const file = path.join(dataDir, 'secrets');
  const secrets = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  await writeFile(file, JSON.stringify({ ...secrets, superuserPassword: 'another-password' }));
  await expect(acquire()).rejects.toThrow(/does not know the password in DATA_DIR\/secrets/);
  expect(await postmasterPid()).toBeUndefined();
});
