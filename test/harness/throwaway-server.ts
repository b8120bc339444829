import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCluster, SUPERUSER } from '../../src/database/embedded/cluster.ts';
import { findPostgresBinaries, type PostgresBinaries } from '../../src/database/embedded/postgres-binaries.ts';
import { describeServerHome, type ServerHome } from '../../src/database/embedded/server-home.ts';
import { canUserEnter, ensureServerUser, type ServerUser } from '../../src/database/embedded/server-user.ts';
import { ensureServerRuns, type ServerSettings } from '../../src/database/embedded/start-server.ts';

/** A server of one's own, for tests. */
export interface ThrowawayServer {
  readonly superuserUrl: string;
  /** Stops the server and removes all that was in it. May be called twice. */
  stop(): Promise<void>;
}

/** Where Linux keeps files in memory, and the room there has to be: many times what a run of all tests takes. */
const MEMORY = { directory: '/dev/shm', room: 4 * 2 ** 30 };

/** Nothing in it has to outlive anything. */
const UNSAFE_SETTINGS: ServerSettings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', timezone: 'UTC', jit: 'off' };

/** As the server's user: waits until its input ends, which the death of our process does too, then clears away. */
const CARETAKER = 'cat; "$1" stop -w -s -m immediate -D "$2"; rm -rf -- "$3"';

/**
 * Starts an empty server in a temporary directory, fast and unsafe. It is gone when this process is, in whatever way that ends.
 * `inMemory`: with its files there, where there is room. Hundreds of databases, made and dropped, are files by the hundred thousand.
 */
export async function startThrowawayServer(settings: ServerSettings = {}, { inMemory } = { inMemory: false }): Promise<ThrowawayServer> {
  const user = await ensureServerUser();
  const binaries = await findPostgresBinaries(user, () => undefined);
  const home = describeServerHome(
    await createTemporaryDirectory(user, inMemory && (await hasRoomInMemory()) ? MEMORY.directory : tmpdir()),
  );
  const stop = hireCaretaker(binaries, home);
  try {
    const password = randomBytes(12).toString('hex');
    await createCluster(binaries, home.cluster, password, { sync: false });
    const port = await ensureServerRuns(binaries, home, { ...UNSAFE_SETTINGS, ...settings });
    return { superuserUrl: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hireCaretaker(binaries: PostgresBinaries, home: ServerHome): () => Promise<void> {
  const caretaker = spawn('/bin/sh', ['-c', CARETAKER, 'sh', binaries.pgCtl, home.cluster, home.directory], {
    ...binaries.user,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(caretaker, 'close');
  caretaker.unref();
  return async () => {
    caretaker.ref();
    caretaker.stdin?.end();
    await ended;
  };
}

async function hasRoomInMemory(): Promise<boolean> {
  const { bavail, bsize } = await statfs(MEMORY.directory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= MEMORY.room;
}

async function createTemporaryDirectory(user: ServerUser | undefined, preferred: string): Promise<string> {
  const parent = (await canUserEnter(preferred, user)) ? preferred : '/tmp';
  const directory = await mkdtemp(path.join(await realpath(parent), 'dynamic-choices-test-'));
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  return directory;
}
