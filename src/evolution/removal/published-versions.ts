import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationError } from '../../errors.ts';

/** A version whose SDL is frozen: `schema/2026-11.graphql` has these bytes for ever. */
export interface PublishedVersion {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  /** Of the SDL's bytes, in hexadecimal. */
  readonly sha256: string;
  /** Why it was published although evidence was missing or a sunset had not come, and what that was. */
  readonly forced?: { readonly reason: string; readonly overridden: readonly { readonly coordinate: string; readonly code: string }[] };
}

const LIST = 'versions.json';

/** Where the SDL of a version is. */
export function sdlPath(directory: string, version: string): string {
  return join(directory, `${version}.graphql`);
}

/** The SDL of a version as it is on disk; undefined where there is none. */
export async function readSdl(directory: string, version: string): Promise<string | undefined> {
  return readText(sdlPath(directory, version));
}

export function hashSdl(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex');
}

/**
 * The versions that `versions.json` of a directory lists, in its order; none where it is not there.
 * @throws OperationError where it is there, and is not what `recordPublication` writes.
 */
export async function readPublishedVersions(directory: string): Promise<readonly PublishedVersion[]> {
  const path = join(directory, LIST);
  const text = await readText(path);
  if (text === undefined) return [];
  let list: unknown;
  try {
    list = (JSON.parse(text) as { versions?: unknown } | null)?.versions;
  } catch (error) {
    throw new OperationError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(list) || !list.every(isPublishedVersion))
    throw new OperationError(`${path}: expected { "versions": [{ "name", "publishedAt", "sha256" }] }, but got ${text.slice(0, 100)}`);
  return list;
}

/** Writes the SDL of a version, then lists it. Each file is replaced as a whole; cut off between the two, the version is not published. */
export async function recordPublication(directory: string, version: PublishedVersion, sdl: string): Promise<void> {
  const versions = [...(await readPublishedVersions(directory)), version].sort((left, right) => (left.name < right.name ? -1 : 1));
  await replaceFile(sdlPath(directory, version.name), sdl);
  await replaceFile(join(directory, LIST), `${JSON.stringify({ versions }, null, 2)}\n`);
}

function isPublishedVersion(value: unknown): value is PublishedVersion {
  const { name, publishedAt, sha256 } = Object(value) as Record<string, unknown>;
  return [name, publishedAt, sha256].every((member) => typeof member === 'string');
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
