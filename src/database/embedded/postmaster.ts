import { open, readFile, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode } from '../error-code.ts';
import { runTool } from './run-tool.ts';

/** What a running (or starting, or stopping) server says of itself in its cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** No system gives out this process id (Linux ends at 2^22, others earlier). */
const NOBODY = '2147483647';

/** Reads `postmaster.pid` (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*); undefined where there is none, or none in whole. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = await readLines(pidFile(cluster));
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
}

/** The postmaster of this cluster, if its process lives: a file may outlast it, and another process may have got its id. */
export async function findLivePostmaster(cluster: string): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(cluster);
  return postmaster !== undefined && (await isPostmasterOf(postmaster.pid, cluster)) ? postmaster : undefined;
}

/** Whether the cluster's postmaster of that process id has ended. Cheap enough to be asked many times a second. */
export async function hasPostmasterEnded(pid: number, cluster: string): Promise<boolean> {
  if (!isInUse(pid)) return true;
  // A zombie's id is in use too. Elsewhere telling the two apart takes a process of its own each time.
  return process.platform === 'linux' && !(await isPostmasterOf(pid, cluster));
}

/**
 * Lets PostgreSQL see that a `postmaster.pid` left behind is nobody's, although its process id is in use again (or is a zombie
 * that nobody reaps, in a container). The file stays: its line about shared memory keeps a new server from starting while
 * processes of the old one still run.
 */
export async function disownPostmasterFile(cluster: string): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (postmaster === undefined || !isInUse(postmaster.pid) || (await isPostmasterOf(postmaster.pid, cluster))) return;
  const [, ...rest] = await readLines(pidFile(cluster));
  const handle = await open(pidFile(cluster), 'r+');
  try {
    const text = [NOBODY, ...rest].join('\n');
    await handle.write(text, 0);
    await handle.truncate(Buffer.byteLength(text));
  } finally {
    await handle.close();
  }
}

/** The port of the last start, by `postmaster.opts`: whoever still has it can then reach a server that is started again. */
export async function readLastPort(cluster: string): Promise<number | undefined> {
  const [line = ''] = await readLines(path.join(cluster, 'postmaster.opts'));
  const port = /"port=(\d+)"/.exec(line)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** A postmaster's working directory is its cluster. Where the system does not tell, the name of its program has to do. */
async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  if (!isInUse(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform === 'linux') {
    const [actual, expected] = await Promise.all([readlink(`/proc/${pid}/cwd`).catch(() => undefined), realpath(cluster)]);
    return actual === expected;
  }
  const program = await runTool('ps', ['-p', String(pid), '-o', 'comm=']).catch(() => '');
  return path.basename(program.trim()) === 'postgres';
}

/** Another user's process (EPERM) cannot be our server: that runs as us, or we are root. */
function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidFile(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}

async function readLines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}
