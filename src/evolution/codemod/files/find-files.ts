import { glob, lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../../errors.ts';
import { canHoldDocuments } from '../read-documents.ts';

/** What is not looked into, at any depth below where a pattern begins. */
const IGNORED: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git']);
const MAGIC = /[*?[\]{}!()+@]/;

/** The files that patterns name. */
export interface FoundFiles {
  /** As they are called from the working directory, sorted; each file once. */
  readonly paths: readonly string[];
  /** Links that lead out of where their pattern looks: they are not read. */
  readonly outside: readonly string[];
  /** Patterns that name no file. */
  readonly unmatched: readonly string[];
}

/**
 * Finds the files that can hold documents. A pattern is a glob, a file, or a folder, which means everything in it. Folders that are
 * links are not followed.
 * @throws UsageError for a file that is named and cannot hold documents.
 */
export async function findFiles(patterns: readonly string[], cwd: string): Promise<FoundFiles> {
  const found = new Map<string, string>();
  const outside = new Set<string>();
  const unmatched: string[] = [];
  for (const pattern of patterns) {
    const { base, paths } = await expand(pattern, cwd);
    if (paths.length === 0) unmatched.push(pattern);
    const tree = await realpath(base).catch(() => base);
    for (const path of paths) {
      const name = relative(cwd, path) || path;
      // A link that leads nowhere is read, and fails, like a file that went away.
      const real = await realpath(path).catch(() => path);
      if (real.startsWith(tree.endsWith(sep) ? tree : tree + sep)) found.set(real, found.get(real) ?? name);
      else outside.add(name);
    }
  }
  return { paths: [...found.values()].sort(), outside: [...outside].sort(), unmatched };
}

async function expand(pattern: string, cwd: string): Promise<{ base: string; paths: readonly string[] }> {
  const path = resolve(cwd, pattern);
  // A shell hands on names as they are, and `[id].tsx` is one.
  const named = await stat(path).catch(() => undefined);
  if (named?.isDirectory()) return { base: path, paths: await list('**', path) };
  if (named || (await lstat(path).catch(() => undefined))) {
    if (!canHoldDocuments(path)) throw new UsageError(`expected .graphql, TypeScript or JavaScript files, .vue or .svelte, got ${pattern}`);
    return { base: resolve(path, '..'), paths: [path] };
  }
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => MAGIC.test(part));
  if (first < 0) return { base: path, paths: [] };
  const base = resolve(cwd, parts.slice(0, first).join('/') || (isAbsolute(pattern) ? sep : '.'));
  return { base, paths: await list(parts.slice(first).join('/'), base) };
}

async function list(pattern: string, base: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of glob(pattern, { cwd: base, withFileTypes: true, exclude: ({ name }) => IGNORED.has(name) })) {
    const path = join(entry.parentPath, entry.name);
    const isFile = entry.isFile() || (entry.isSymbolicLink() && (await isFileOrNothing(path)));
    if (isFile && canHoldDocuments(path)) paths.push(path);
  }
  return paths;
}

async function isFileOrNothing(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => true,
  );
}
