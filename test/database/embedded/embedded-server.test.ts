import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { acquireEmbeddedServer } from '../../../src/database/embedded/embedded-server.ts';
import { findLivePostmaster } from '../../../src/database/embedded/postmaster.ts';
import { selectOne, useEmbeddedServer } from '../../harness/embedded-server.ts';
import { runAsSuperuser as connect } from '../../harness/superuser.ts';

const use = useEmbeddedServer();

test('the first start sets up a server whose owner is no superuser, and it is stopped in the end', async () => {
  const server = await use.acquire();
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
  const [, , , , socketDirectory, listenAddress] = (await readFile(path.join(use.home.cluster, 'postmaster.pid'), 'utf8')).split('\n');
  expect({ socketDirectory, listenAddress }).toEqual({ socketDirectory: '', listenAddress: '127.0.0.1' });
  expect((await stat(path.join(use.dataDir, 'secrets'))).mode & 0o777).toBe(0o600);
  await Promise.all([server.release(), server.release()]);
  expect(await use.postmasterPid()).toBeUndefined();
  expect((await readdir(use.dataDir)).toSorted()).toEqual(['postgres', 'postgres.lock', 'postgres.log', 'postgres.users', 'secrets']);
});

test('a second start finds what the first one left, under the same URL, and sets up nothing', async () => {
  const first = await use.acquire();
  await connect(first.ownerUrl, (client) => client.query('CREATE TABLE kept AS SELECT 7 AS value'));
  await first.release();
  const secrets = await readFile(path.join(use.dataDir, 'secrets'), 'utf8');
  use.messages.length = 0;
  const second = await use.acquire();
  try {
    expect(use.messages).toEqual([]);
    expect(second.ownerUrl).toBe(first.ownerUrl);
    expect(await readFile(path.join(use.dataDir, 'secrets'), 'utf8')).toBe(secrets);
    const { rows } = await connect(second.ownerUrl, (client) => client.query('SELECT value FROM kept'));
    expect(rows).toEqual([{ value: 7 }]);
  } finally {
    await second.release();
  }
});

test('a directory with a space, a quote and a dollar in its name is as good as any', async () => {
  await chmod(use.dataDir, 0o755);
  const odd = path.join(use.dataDir, `o'dd "$HOME" \`id\` dir`);
  const server = await acquireEmbeddedServer(odd, () => undefined);
  try {
    expect(await selectOne(server.ownerUrl)).toEqual({ one: 1 });
    expect(await readdir(odd)).toContain('postgres.log');
    expect((await findLivePostmaster(path.join(odd, 'postgres')))?.ready).toBe(true);
  } finally {
    await server.release();
  }
});

test('where the last port is taken by somebody else, another one is used', async () => {
  const first = await use.acquire();
  const { port } = new URL(first.ownerUrl);
  await first.release();
  const squatter = createServer().listen(Number(port), '127.0.0.1');
  try {
    const second = await use.acquire();
    expect(new URL(second.ownerUrl).port).not.toBe(port);
    expect(await selectOne(second.ownerUrl)).toEqual({ one: 1 });
    await second.release();
  } finally {
    squatter.close();
  }
});

test('a cluster of another PostgreSQL version is refused, and left as it is', async () => {
  await use.acquire().then((server) => server.release());
  await writeFile(path.join(use.home.cluster, 'PG_VERSION'), '17\n');
  await expect(use.acquire()).rejects.toThrow(/was made by PostgreSQL 17; the embedded one is 18 .*DATABASE_URL/);
  await writeFile(path.join(use.home.cluster, 'PG_VERSION'), '18\n');
  await use.acquire().then((server) => server.release());
});

test('secrets that are not those of the database are named, and the server is stopped again', async () => {
  await use.acquire().then((server) => server.release());
  const file = path.join(use.dataDir, 'secrets');
  const secrets = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  await writeFile(file, JSON.stringify({ ...secrets, superuserPassword: 'another-password' }));
  await expect(use.acquire()).rejects.toThrow(/does not know the password in DATA_DIR\/secrets/);
  expect(await use.postmasterPid()).toBeUndefined();
});
