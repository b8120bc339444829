import { isAbsolute, relative } from 'node:path';
import { UsageError } from '../../errors.ts';
import { LIST, parseList } from '../removal/published-versions.ts';
import { readGitDirectory } from '../source/read-git-directory.ts';
import type { PublishedVersion } from '../versions/published-version.ts';

/** The versions as another commit has them: what clients were told, and cannot be taken back by editing all files alike. */
export interface Anchor {
  /** `git:origin/main`. */
  readonly name: string;
  readonly published: readonly PublishedVersion[];
  /** The SDL of each version that clients rely on, by name. */
  readonly sdls: ReadonlyMap<string, string>;
}

const SDL_FILE = /^(\d{4}-\d{2})\.graphql$/;

/**
 * Reads the directory of the versions as a commit has it: `git:REF`, which means `directory` there, or `git:REF:PATH`.
 * @throws UsageError where it cannot be understood, or there is no such commit, no such directory, or no `versions.json` in it.
 */
export async function readAnchor(reference: string, directory: string, signal?: AbortSignal): Promise<Anchor> {
  const [, ref, path] = /^git:([^:]+)(?::(.+))?$/s.exec(reference) ?? [];
  if (ref === undefined)
    throw new UsageError(`--against: expected git:REF or git:REF:PATH, such as git:origin/main, got ${JSON.stringify(reference)}`);
  const place = path ?? placeOf(directory);
  const files = await readGitDirectory(ref, place, (name) => name === LIST || SDL_FILE.test(name), signal);
  const text = files.get(LIST);
  if (text === undefined)
    throw new UsageError(
      `--against: expected ${LIST} in ${JSON.stringify(place)} of ${JSON.stringify(ref)}, which has none: leave --against out`,
    );
  const sdls = [...files].flatMap(([name, sdl]): [string, string][] => {
    const version = SDL_FILE.exec(name)?.[1];
    return version === undefined ? [] : [[version, sdl]];
  });
  return { name: reference, published: parseList(text, `${LIST} of ${reference}`), sdls: new Map(sdls) };
}

/** As git understands it, whatever the working directory is. */
function placeOf(directory: string): string {
  const place = (isAbsolute(directory) ? relative(process.cwd(), directory) : directory).replaceAll('\\', '/');
  return `./${place}`;
}
