import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { crmRecords } from '../../../src/crm/crm-records.ts';
import { tryLock } from '../../../src/database/embedded/file-lock.ts';
import { openApiDatabase } from '../../../src/database/api-database.ts';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { selectOne, useEmbeddedServer } from '../../harness/embedded-server.ts';
import { runAsSuperuser } from '../../harness/superuser.ts';
import { waitUntil } from '../../harness/wait-until.ts';

const use = useEmbeddedServer();

const answers = (url: string) =>
  waitUntil('the server answers', () =>
    selectOne(url).then(
      () => true,
      () => false,
    ),
  );

test('a server that is killed runs again on its port, with what was committed, and its user is told', async () => {
  const server = await use.acquire();
  await runAsSuperuser(server.ownerUrl, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
  use.messages.length = 0;
  const dead = await use.killPostmaster();
  await answers(server.ownerUrl);
  expect(await use.postmasterPid()).not.toBe(dead);
  expect((await runAsSuperuser(server.ownerUrl, (client) => client.query('SELECT value FROM kept'))).rows).toEqual([{ value: 7 }]);
  await waitUntil('it is said', () => use.messages.length > 0);
  expect(use.messages).toEqual(['The embedded PostgreSQL had died and runs again']);
  const again = await use.killPostmaster();
  await answers(server.ownerUrl);
  expect(await use.postmasterPid()).not.toBe(again);
  await server.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('one of all its users starts it, and it stays until the last one leaves', async () => {
  const [here, there] = [await use.acquire(), use.hold()];
  expect(await there.ownerUrl).toBe(here.ownerUrl);
  await use.killPostmaster();
  await answers(here.ownerUrl);
  const pid = await use.postmasterPid();
  await here.release();
  expect(await use.postmasterPid()).toBe(pid);
  await there.release();
  expect(await use.postmasterPid()).toBeUndefined();
});

test('a server that was stopped behind its users’ backs is started again', async () => {
  const server = await use.acquire();
  const pid = await use.postmasterPid();
  // A fast shutdown (manual, 18.5): what pg_ctl stop does.
  process.kill(pid!, 'SIGINT');
  await waitUntil('another one runs', async () => ![pid, undefined].includes(await use.postmasterPid()));
  await answers(server.ownerUrl);
  await server.release();
});

test('who leaves while it is dead does not bring it back', async () => {
  const server = await use.acquire();
  const lock = tryLock(use.home.lock, 'exclusive');
  await use.killPostmaster();
  const left = server.release();
  lock?.release();
  await left;
  expect(await use.postmasterPid()).toBeUndefined();
});

test('where its port is taken meanwhile, that is said, and it comes back once the port is free', async () => {
  const server = await use.acquire();
  const lock = tryLock(use.home.lock, 'exclusive');
  await use.killPostmaster();
  const squatter = createServer();
  await waitUntil('the port is taken', async () => {
    squatter.listen(Number(new URL(server.ownerUrl).port), '127.0.0.1');
    return Promise.race([once(squatter, 'listening').then(() => true), once(squatter, 'error').then(() => false)]);
  });
  lock?.release();
  await waitUntil('it is said', () => use.messages.some((line) => /could not bind/.test(line)));
  squatter.close();
  await answers(server.ownerUrl);
  await server.release();
});

test('pools outlive the death of the server: what ran fails, what comes after does not', async () => {
  const server = await use.acquire();
  const owner = openOwnerDatabase(server.ownerUrl);
  const api = await openApiDatabase(
    server.ownerUrl,
    crmRecords.map((record) => record.entity),
  );
  try {
    const pools = [(text: string) => owner.pool.query(text), (text: string) => api.pool.query(text)];
    // An idle connection in each pool, and one in the middle of a statement.
    await Promise.all(pools.flatMap((query) => [query('SELECT pg_sleep(0.01)'), query('SELECT pg_sleep(0.01)')]));
    const running = Promise.allSettled(pools.map((query) => query('SELECT pg_sleep(600)')));
    await waitUntil('both run', async () => {
      const { rows } = await owner.pool.query(`SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'`);
      return rows.length === 2;
    });
    await use.killPostmaster();
    expect((await running).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await answers(server.ownerUrl);
    for (const query of pools) await Promise.all(Array.from({ length: 4 }, () => query('SELECT 1')));
  } finally {
    await api.close();
    await owner.close();
    await server.release();
  }
});
