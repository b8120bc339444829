import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { waitForLock } from '../../database/embedded/file-lock.ts';
import { OperationError } from '../../errors.ts';
import { parsePublishedVersions } from '../versions/published-version.ts';
import type { PublishedVersion } from '../versions/published-version.ts';

/** The file that lists what is published, beside the SDL. */
export const LIST = 'versions.json';
/** Stays, empty: it is not part of the repository. */
const LOCK = '.versions.lock';

/** Where the SDL of a version is. */
export function sdlPath(directory: string, version: string): string {
  return join(directory, `${version}.graphql`);
}

/** Where the published versions are listed. */
export function listPath(directory: string): string {
  return join(directory, LIST);
}

/** The SDL of a version as it is on disk; undefined where there is none. */
export async function readSdl(directory: string, version: string): Promise<string | undefined> {
  return readText(sdlPath(directory, version));
}

/** Whether a directory has a list of published versions, an empty one too. */
export async function hasPublicationList(directory: string): Promise<boolean> {
  return (await readText(listPath(directory))) !== undefined;
}

/**
 * The versions that `versions.json` of a directory lists, oldest first; none where it is not there.
 * @throws OperationError where it is there, and is not what `recordPublication` writes.
 */
export async function readPublishedVersions(directory: string): Promise<readonly PublishedVersion[]> {
  const path = listPath(directory);
  const text = await readText(path);
  return text === undefined ? [] : parseList(text, path);
}

/** The versions that the text of a `versions.json` lists; `path` is for errors. */
export function parseList(text: string, path: string): readonly PublishedVersion[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new OperationError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return parsePublishedVersions(list, path);
}

export function printList(versions: readonly PublishedVersion[]): string {
  return `${JSON.stringify({ versions }, null, 2)}\n`;
}

/**
 * Writes the SDL of a version, then lists it. Each file is replaced as a whole; cut off between the two, the version is not published.
 * `judged`: the list as it was when the version was judged.
 * @throws OperationError where the list is another one by now; nothing is written then.
 */
export async function recordPublication(
  directory: string,
  judged: readonly PublishedVersion[],
  version: PublishedVersion,
  sdl: string,
): Promise<void> {
  await withUnchangedList(directory, judged, async () => {
    await replaceFile(sdlPath(directory, version.name), sdl);
    await replaceFile(listPath(directory), printList([...judged, version].sort((left, right) => (left.name < right.name ? -1 : 1))));
  });
}

/**
 * Puts another entry in the place of that of the same name.
 * @throws OperationError as `recordPublication`.
 */
export async function recordChange(directory: string, judged: readonly PublishedVersion[], version: PublishedVersion): Promise<void> {
  const changed = judged.map((entry) => (entry.name === version.name ? version : entry));
  await withUnchangedList(directory, judged, () => replaceFile(listPath(directory), printList(changed)));
}

/** One process writes at a time; the lock of one that is killed ends with it. What was judged on an older list is not written. */
async function withUnchangedList(directory: string, judged: readonly PublishedVersion[], write: () => Promise<void>): Promise<void> {
  if (!(await stat(directory).catch(() => undefined))?.isDirectory())
    throw new OperationError(`${listPath(directory)} cannot be written: ${directory} is no directory`);
  const lock = await waitForLock(join(directory, LOCK), () => undefined);
  try {
    if (!isDeepStrictEqual(await readPublishedVersions(directory), judged))
      throw new OperationError(
        `${listPath(directory)} was changed by somebody else in the meantime: nothing was written. Run the command again`,
      );
    await write();
  } finally {
    lock.release();
  }
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new OperationError(`${path} cannot be read: ${error.message}`, { cause: error });
  });
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new OperationError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
