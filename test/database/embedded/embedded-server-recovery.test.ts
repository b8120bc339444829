import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { ensureServerUser } from '../../../src/database/embedded/server-user.ts';
import { selectOne, useEmbeddedServer } from '../../harness/embedded-server.ts';
import { runAsSuperuser as connect } from '../../harness/superuser.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const use = useEmbeddedServer();

test('after the death of the postmaster the next start recovers what was committed, under the URL that others still have', async () => {
  const survivor = use.hold();
  const url = await survivor.ownerUrl;
  await connect(url, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
  const idle = new pg.Client({ connectionString: url });
  idle.on('error', () => undefined);
  await idle.connect();
  const dead = await use.killPostmaster();
  const server = await use.acquire();
  expect(server.ownerUrl).toBe(url);
  expect(await use.postmasterPid()).not.toBe(dead);
  expect((await connect(url, (client) => client.query('SELECT value FROM kept'))).rows).toEqual([{ value: 7 }]);
  await idle.end();
  await server.release();
  expect(await use.postmasterPid()).toBeDefined();
  await survivor.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('a server that is just recovering from the death of a session is waited for', async () => {
  const survivor = use.hold();
  const url = await survivor.ownerUrl;
  const [lost, halted] = await Promise.all([openSession(url), openSession(url)]);
  // PostgreSQL recovers once every session has ended: one that is halted holds that off, for 5 s at most.
  process.kill(halted.pid, 'SIGSTOP');
  process.kill(lost.pid, 'SIGKILL');
  const countRefusals = async () =>
    (await readFile(use.home.log, 'utf8')).split('\n').filter((line) => /FATAL: {2}the database system is/.test(line)).length;
  await waitUntil('it recovers', async () => {
    await connect(url, () => Promise.resolve()).catch(() => undefined);
    return (await countRefusals()) > 0;
  });
  const refusals = await countRefusals();
  const acquiring = use.acquire();
  await Promise.race([acquiring, waitUntil('it was refused twice', async () => (await countRefusals()) > refusals + 1)]);
  process.kill(halted.pid, 'SIGCONT');
  const server = await acquiring;
  expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
  await server.release();
});

async function openSession(url: string): Promise<{ pid: number }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!;
}

test('releasing a server that died is no failure', async () => {
  const server = await use.acquire();
  await use.killPostmaster();
  await expect(server.release()).resolves.toBeUndefined();
});

test('a process id that was the postmaster and is now another process does not keep the server from starting', async () => {
  const killed = use.hold();
  await killed.ownerUrl;
  // In this order: a holder that lives starts it again.
  await killed.kill('SIGKILL');
  const pid = await use.killPostmaster();
  const stranger = spawn('/bin/sleep', ['1000'], { ...(await ensureServerUser()), stdio: 'ignore' });
  try {
    const file = path.join(use.home.cluster, 'postmaster.pid');
    const text = await readFile(file, 'utf8');
    expect(text.startsWith(`${pid}\n`)).toBe(true);
    await writeFile(file, text.replace(String(pid), String(stranger.pid)));
    const server = await use.acquire();
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    await server.release();
    expect(stranger.exitCode).toBeNull();
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('a start that was killed while initdb ran is begun anew, and nothing of it is left', async () => {
  const killed = use.hold();
  const drafts = async (): Promise<string[]> => (await readdir(use.dataDir)).filter((name) => name.startsWith('postgres.new-'));
  await waitUntil('initdb works in its draft', async () => {
    const [draft] = await drafts();
    return draft !== undefined && (await readdir(path.join(use.dataDir, draft)).catch((): string[] => [])).includes('cluster');
  });
  await killed.kill('SIGKILL');
  expect(await readdir(use.dataDir)).not.toContain('postgres');
  for (const expected of ['set up', 'found']) {
    use.messages.length = 0;
    const server = await use.acquire();
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    expect(use.messages.some((line) => line.includes('has been set up'))).toBe(expected === 'set up');
    await server.release();
  }
  await waitUntil('the orphaned initdb has ended', async () => {
    await use.acquire().then((server) => server.release());
    return (await drafts()).length === 0;
  });
});

test('a start that was killed before the database was made completes it', async () => {
  const first = await use.acquire();
  const secrets = JSON.parse(await readFile(path.join(use.dataDir, 'secrets'), 'utf8')) as { superuserPassword: string };
  const superuser = new URL(first.ownerUrl);
  superuser.username = 'postgres';
  superuser.password = secrets.superuserPassword;
  superuser.pathname = 'postgres';
  await connect(superuser.href, (client) => client.query('DROP DATABASE choices'));
  const second = await use.acquire();
  expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
  await connect(superuser.href, async (client) => {
    await client.query('DROP DATABASE choices');
    await client.query('DROP ROLE choices');
  });
  const third = await use.acquire();
  expect(await selectOne(third.ownerUrl)).toEqual({ one: 1 });
  await Promise.all([first, second, third].map((server) => server.release()));
});
