import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { OperationError } from '../../errors.ts';
import { isServerRestarting } from '../connection-failure.ts';
import { ensureCluster, SUPERUSER } from './cluster.ts';
import { type FileLock, tryLock, waitForLock } from './file-lock.ts';
import { ensureOwnerDatabase } from './owner-role.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { findServerHome, type ServerHome } from './server-home.ts';
import { watchLog } from './server-log.ts';
import { ensureServerSecrets } from './server-secrets.ts';
import { ensureServerUser } from './server-user.ts';
import { ensureServerRuns, type ServerSettings } from './start-server.ts';
import { stopServer } from './stop-server.ts';
import { superviseServer } from './supervise-server.ts';

/** Small in memory, safe on disk: what was acknowledged survives the death of any process and a loss of power. */
const SETTINGS: ServerSettings = {
  max_connections: 100,
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  wal_level: 'minimal',
  max_wal_senders: 0,
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // After a crash one call instead of one for each of some thousand files: what makes it answer again in a second.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
};

/** As long as a start may take, recovery included. */
const ANSWERED_WITHIN_MS = 300_000;
const ASK_EVERY_MS = 50;

/** The embedded server in use by this process. */
export interface EmbeddedServer {
  readonly ownerUrl: string;
  /** Stops the server if nobody else uses it. May be called twice. */
  release(): Promise<void>;
}

/**
 * Joins those who use the embedded server of a data directory, setting it up and starting it first where need be.
 * Each user holds a shared lock that ends with its process; the last to leave stops the server, whoever started it. If all of
 * them were killed, it runs on, and the next one takes it over. If the server dies, whoever uses it starts it again.
 */
export async function acquireEmbeddedServer(dataDir: string, onMessage: (line: string) => void): Promise<EmbeddedServer> {
  await createDataDir(dataDir);
  const user = await ensureServerUser();
  const [binaries, secrets] = await Promise.all([findPostgresBinaries(user, onMessage), ensureServerSecrets(dataDir)]);
  const home = await findServerHome(dataDir, secrets.id, user, onMessage);

  return holdLock(home, onMessage, async () => {
    const presence = join(home);
    try {
      if ((await ensureCluster(binaries, home.cluster, secrets.superuserPassword)) === 'made') {
        onMessage(`The embedded PostgreSQL ${binaries.major} has been set up in ${home.cluster}`);
      }
      const { port, ownerUrl } = await untilAnswered(async () => {
        const port = await ensureServerRuns(binaries, home, SETTINGS);
        const superuserUrl = `postgres://${SUPERUSER}:${secrets.superuserPassword}@127.0.0.1:${port}/postgres`;
        return { port, ownerUrl: await ensureOwnerDatabase(superuserUrl, secrets.ownerPassword) };
      });
      const stopWatching = watchLog(home.log);
      const stopSupervising = superviseServer(home, port, onMessage, (isWanted) =>
        holdLock(home, onMessage, async () => (isWanted() ? ensureServerRuns(binaries, home, SETTINGS, port) : port)),
      );
      let left: Promise<void> | undefined;
      const release = async (): Promise<void> => {
        stopWatching();
        stopSupervising();
        await holdLock(home, onMessage, () => leave(binaries, home, presence));
      };
      return { ownerUrl, release: () => (left ??= release()) };
    } catch (error) {
      await leaveAfter(error, binaries, home, presence);
      throw error;
    }
  });
}

/** A server that runs may just be recovering from a crash, or die at this moment. */
async function untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
  const givenUpAt = Date.now() + ANSWERED_WITHIN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isServerRestarting(error) || Date.now() > givenUpAt) throw error;
      await delay(ASK_EVERY_MS);
    }
  }
}

async function createDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (error) {
    throw new OperationError(`DATA_DIR ${dataDir} cannot be made: ${(error as Error).message}`, { cause: error });
  }
}

async function holdLock<Result>(home: ServerHome, onMessage: (line: string) => void, work: () => Promise<Result>): Promise<Result> {
  const lock = await waitForLock(home.lock, () =>
    onMessage('Another process is just starting or stopping the embedded PostgreSQL: waiting for it …'),
  );
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** Only `leave` asks for more than a share, and only with the home's lock held, as we do: so a share is there to be had. */
function join(home: ServerHome): FileLock {
  const presence = tryLock(home.users, 'shared');
  if (presence === undefined) throw new OperationError(`${home.users} is locked by another program`);
  return presence;
}

async function leave(binaries: PostgresBinaries, home: ServerHome, presence: FileLock): Promise<void> {
  presence.release();
  const alone = tryLock(home.users, 'exclusive');
  if (alone === undefined) return;
  alone.release();
  await stopServer(binaries, home);
}

/** The first failure is the one to be told, and its cause the one to be kept. */
async function leaveAfter(failure: unknown, binaries: PostgresBinaries, home: ServerHome, presence: FileLock): Promise<void> {
  try {
    await leave(binaries, home, presence);
  } catch (error) {
    throw new OperationError(`${describe(failure)}\n${describe(error)}`, { cause: failure });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
