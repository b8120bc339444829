import { chmodSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { OperationError } from '../../errors.ts';

/** SQLITE_BUSY (sqlite.org/rescode.html): somebody else's lock is in the way. */
const BUSY = 5;
const RETRY_EVERY_MS = 20;
const SAY_SO_AFTER_MS = 2_000;
const GIVE_UP_AFTER_MS = 300_000;

/** A lock on a file, held until it is released or the process ends, in whatever way. */
export interface FileLock {
  release(): void;
}

/** A connection that the garbage collector took would take its lock along. */
const held = new Set<DatabaseSync>();

/**
 * Locks a file, shared or exclusive, or answers undefined where somebody (of this process or another) is in the way.
 *
 * Node has no flock, and a file with a pid in it can outlive its process and be stolen by two at once. SQLite's own locks are the
 * system's (fcntl, LockFileEx), which end with the process that holds them, and this is all that SQLite is used for: the file stays empty.
 */
export function tryLock(file: string, mode: 'shared' | 'exclusive'): FileLock | undefined {
  const connection = openLockFile(file);
  try {
    // The journal stays in memory, so that the lock leaves no second file behind.
    connection.exec('PRAGMA journal_mode = MEMORY');
    connection.exec(mode === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT count(*) FROM sqlite_schema');
    // Who can read it can lock it. By its name: opening and closing the file would drop the lock (fcntl(2)).
    chmodSync(file, 0o600);
  } catch (error) {
    connection.close();
    if (isBusy(error)) return undefined;
    throw new OperationError(`${file} cannot be locked: ${(error as Error).message}`, { cause: error });
  }
  held.add(connection);
  return {
    release: () => {
      if (held.delete(connection)) connection.close();
    },
  };
}

/**
 * Waits for the exclusive lock; `onWait` is called once, when it takes long.
 * @throws OperationError after five minutes.
 */
export async function waitForLock(file: string, onWait: () => void): Promise<FileLock> {
  const since = Date.now();
  for (let said = false; ;) {
    const lock = tryLock(file, 'exclusive');
    if (lock !== undefined) return lock;
    const waited = Date.now() - since;
    if (waited > GIVE_UP_AFTER_MS) throw new OperationError(`${file} has been locked by another process for ${GIVE_UP_AFTER_MS / 1000} s`);
    if (waited > SAY_SO_AFTER_MS && !said) {
      said = true;
      onWait();
    }
    await delay(RETRY_EVERY_MS * (0.5 + Math.random()));
  }
}

function openLockFile(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw new OperationError(`${file} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === BUSY;
}
