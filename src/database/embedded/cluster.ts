import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationError } from '../../errors.ts';
import { hasErrorCode } from '../error-code.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { describeToolFailure, runTool } from './run-tool.ts';

/** The superuser of every cluster we make. */
export const SUPERUSER = 'postgres';

/**
 * Makes the cluster unless it is there. It is made beside its place and renamed into it, so that one whose making was cut short is
 * never taken for a whole one; what is left of those is removed. The caller holds the home's lock.
 * @throws OperationError when `initdb` fails, or what is there is no cluster of this version.
 */
export async function ensureCluster(binaries: PostgresBinaries, cluster: string, password: string): Promise<'found' | 'made'> {
  const version = await readClusterVersion(cluster);
  if (version === undefined) {
    await removeDrafts(cluster);
    await createCluster(binaries, cluster, password, { sync: true });
    return 'made';
  }
  if (version !== String(binaries.major)) {
    throw new OperationError(
      `${cluster} was made by PostgreSQL ${version}; the embedded one is ${binaries.major} and cannot open it. ` +
        `Dump it with version ${version} and restore the dump here, or move the directory away to begin anew, or set DATABASE_URL.`,
    );
  }
  return 'found';
}

/** Makes a cluster that does not exist yet. `sync: false` leaves it to the system when the files reach the disk. */
export async function createCluster(
  binaries: PostgresBinaries,
  cluster: string,
  password: string,
  { sync }: { sync: boolean },
): Promise<void> {
  const draft = `${cluster}.new-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(draft, { mode: 0o700 });
    const passwordFile = path.join(draft, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (binaries.user !== undefined) {
      await Promise.all([draft, passwordFile].map((file) => chown(file, binaries.user?.uid ?? -1, binaries.user?.gid ?? -1)));
    }
    await runTool(binaries.initdb, initdbArguments(path.join(draft, 'cluster'), passwordFile, sync), { user: binaries.user });
    await rename(path.join(draft, 'cluster'), cluster);
    if (sync) await syncDirectory(path.dirname(cluster));
  } catch (error) {
    throw describeToolFailure(`The embedded PostgreSQL cannot be set up in ${cluster}`, error);
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Texts compare by code point and `lower` knows Unicode, on every machine alike; ICU's collations are there beside it. */
function initdbArguments(directory: string, passwordFile: string, sync: boolean): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(sync ? [] : ['--no-sync']),
  ];
}

async function readClusterVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) {
      throw new OperationError(`${cluster} cannot be read: ${(error as Error).message}. It may belong to another user.`, { cause: error });
    }
  }
  const content = await readdir(cluster).catch(() => []);
  if (content.length === 0) return undefined;
  throw new OperationError(
    `${cluster} is not empty and holds no PostgreSQL cluster (there is no PG_VERSION). Move it away, or set another DATA_DIR.`,
  );
}

/** An initdb that outlived its starter may still write into its draft: what cannot be removed now, the next start removes. */
async function removeDrafts(cluster: string): Promise<void> {
  const home = path.dirname(cluster);
  const drafts = (await readdir(home)).filter((name) => name.startsWith(`${path.basename(cluster)}.new-`));
  await Promise.allSettled(drafts.map((name) => rm(path.join(home, name), { recursive: true, force: true, maxRetries: 3 })));
}

/** Makes the rename last through a loss of power; Windows knows no such thing. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
