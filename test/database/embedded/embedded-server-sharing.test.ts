import { expect, test } from '@jest/globals';
import pg from 'pg';
import { tryLock } from '../../../src/database/embedded/file-lock.ts';
import { findLivePostmaster } from '../../../src/database/embedded/postmaster.ts';
import { selectOne, useEmbeddedServer } from '../../harness/embedded-server.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const use = useEmbeddedServer();

test('when the starter leaves first, the server stays until the last one leaves', async () => {
  const starter = use.hold();
  await starter.ownerUrl;
  const other = await use.acquire();
  const pid = await use.postmasterPid();
  await starter.release();
  expect(await use.postmasterPid()).toBe(pid);
  expect(await selectOne(other.ownerUrl)).toEqual({ one: 1 });
  await other.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('two users within one process count as two', async () => {
  const [first, second] = await Promise.all([use.acquire(), use.acquire()]);
  await first.release();
  expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
  await second.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('a killed user no longer counts: the last one alive stops the server', async () => {
  const killed = use.hold();
  await killed.ownerUrl;
  const last = await use.acquire();
  await killed.kill('SIGKILL');
  await last.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('when all users were killed the server runs on, and the next one takes it over and stops it in the end', async () => {
  const killed = [use.hold(), use.hold()];
  await Promise.all(killed.map(({ ownerUrl }) => ownerUrl));
  const pid = await use.postmasterPid();
  await Promise.all(killed.map((holder) => holder.kill('SIGKILL')));
  expect(await use.postmasterPid()).toBe(pid);
  const next = await use.acquire();
  expect(await use.postmasterPid()).toBe(pid);
  await next.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('Ctrl-C in the terminal of a user does not reach the server', async () => {
  const holder = use.hold();
  await holder.ownerUrl;
  const other = await use.acquire();
  const pid = await use.postmasterPid();
  await holder.kill('SIGINT', { group: true });
  expect(await selectOne(other.ownerUrl)).toEqual({ one: 1 });
  expect(await use.postmasterPid()).toBe(pid);
  await other.release();
});

test('four that start at once on an empty directory share one server, set up once', async () => {
  const four = [use.hold(), use.hold(), use.hold(), use.hold()];
  const urls = await Promise.all(four.map(({ ownerUrl }) => ownerUrl));
  expect(new Set(urls).size).toBe(1);
  expect(four.flatMap(({ messages }) => messages).filter((line) => line.includes('has been set up'))).toHaveLength(1);
  expect(await selectOne(urls[0] ?? '')).toEqual({ one: 1 });
  await Promise.all(four.map((holder) => holder.release()));
  expect(await use.postmasterPid()).toBeUndefined();
});

test('one that joins while the last one leaves has a server in the end', async () => {
  const leaving = await use.acquire();
  const lock = tryLock(use.home.lock, 'exclusive');
  const left = leaving.release();
  const joined = use.acquire();
  lock?.release();
  await left;
  const server = await joined;
  expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
  await server.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('a server that is found stopping is waited for and started anew', async () => {
  const killed = use.hold();
  const url = await killed.ownerUrl;
  const pid = (await use.postmasterPid()) ?? 0;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await killed.kill('SIGKILL');
  // A smart shutdown lasts until the last client has gone (manual, 18.5).
  process.kill(pid, 'SIGTERM');
  await waitUntil('the server is stopping', async () => (await findLivePostmaster(use.home.cluster))?.ready === false);
  const joining = use.acquire();
  await waitUntil('the joiner holds the lock', () => {
    const lock = tryLock(use.home.lock, 'exclusive');
    lock?.release();
    return lock === undefined;
  });
  expect(await use.postmasterPid()).toBe(pid);
  await client.end();
  const server = await joining;
  expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
  expect(await use.postmasterPid()).not.toBe(pid);
  await server.release();
});
