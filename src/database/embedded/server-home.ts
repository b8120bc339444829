import { chmod, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { OperationError } from '../../errors.ts';
import { pathExists } from './file-checks.ts';
import { canUserEnter, type ServerUser } from './server-user.ts';
import { createSharedDirectory, SHARED_DIRECTORY } from './shared-directory.ts';

/** The places that an embedded server uses. All of them are in one directory that its user can pass through. */
export interface ServerHome {
  readonly directory: string;
  readonly cluster: string;
  readonly log: string;
  /** Held while the server is started or stopped. */
  readonly lock: string;
  /** Held, shared, by each process that uses the server. */
  readonly users: string;
}

/**
 * Decides where the server of a data directory lives: there, or, where its user cannot get there, in a directory of its own that
 * `id` leads to again. Opens the data directory itself for passing through if it must, and never one above it.
 */
export async function findServerHome(
  dataDir: string,
  id: string,
  user: ServerUser | undefined,
  onMessage: (line: string) => void,
): Promise<ServerHome> {
  const elsewhere = path.join(SHARED_DIRECTORY, id);
  if (await pathExists(elsewhere)) {
    onMessage(`The database of ${dataDir} is kept in ${elsewhere}`);
    return describeServerHome(elsewhere);
  }
  const directory = await realpath(dataDir);
  if (await makeReachable(directory, user)) return describeServerHome(directory);

  if (await pathExists(path.join(directory, 'postgres'))) {
    throw new OperationError(
      `The user postgres, who runs the server, can no longer reach ${directory}: let it pass through the directories above (chmod o+x), or set DATABASE_URL.`,
    );
  }
  onMessage(`The user postgres, who runs the server, cannot reach ${dataDir}: its database is kept in ${elsewhere}`);
  await createDirectory(elsewhere);
  return describeServerHome(elsewhere);
}

/** The places within a directory, whether they exist or not. */
export function describeServerHome(directory: string): ServerHome {
  return {
    directory,
    cluster: path.join(directory, 'postgres'),
    log: path.join(directory, 'postgres.log'),
    lock: path.join(directory, 'postgres.lock'),
    users: path.join(directory, 'postgres.users'),
  };
}

async function makeReachable(directory: string, user: ServerUser | undefined): Promise<boolean> {
  if (await canUserEnter(directory, user)) return true;
  if (!(await canUserEnter(path.dirname(directory), user))) return false;
  const { mode } = await stat(directory);
  await chmod(directory, (mode & 0o7777) | 0o011);
  return canUserEnter(directory, user);
}

async function createDirectory(directory: string): Promise<void> {
  try {
    await createSharedDirectory();
    await mkdir(directory, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw new OperationError(`${directory} cannot be made: ${(error as Error).message}. Choose another DATA_DIR, or set DATABASE_URL.`, {
      cause: error,
    });
  }
}
