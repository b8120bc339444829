import { chown, copyFile, open, stat, truncate } from 'node:fs/promises';
import type { ServerUser } from './server-user.ts';

const LIMIT_BYTES = 8 * 1024 * 1024;
const CHECK_EVERY_MS = 60_000;
const TAIL_BYTES = 4_096;

/** Makes the log if it is not there, owned by whom the server runs as, and cuts one that has grown. */
export async function prepareLog(file: string, user: ServerUser | undefined): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  await handle.close();
  if (user !== undefined) await chown(file, user.uid, user.gid);
  await limitLog(file);
}

/** Keeps the log within bounds while we use the server; answers how to stop that. */
export function watchLog(file: string): () => void {
  const timer = setInterval(() => void limitLog(file).catch(ignoreMissedCheck), CHECK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The file's size, as a mark from which `readLogSince` reads. */
export async function measureLog(file: string): Promise<number> {
  return (await stat(file)).size;
}

/** What was written since, its last 4 kB at most. */
export async function readLogSince(file: string, mark: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const from = Math.max(size < mark ? 0 : mark, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The server appends to the file it has open, so it is emptied in place; the last one is kept beside it. */
async function limitLog(file: string): Promise<void> {
  if ((await stat(file)).size <= LIMIT_BYTES) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

/** The next check comes in a minute. */
function ignoreMissedCheck(): void {}
