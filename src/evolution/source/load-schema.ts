import { readFile } from 'node:fs/promises';
import type { GraphQLSchema } from 'graphql';
import { OperationError, UsageError } from '../../errors.ts';
import { currentVersion } from '../versions/api-versions.ts';
import type { ApiVersion } from '../versions/api-versions.ts';
import { buildFromIntrospection, buildFromSdl } from './build-loaded-schema.ts';
import { fetchSchema } from './fetch-schema.ts';
import type { FetchOptions } from './fetch-schema.ts';
import type { LoadedSchema } from './loaded-schema.ts';
import { readGitFile } from './read-git-file.ts';

export interface LoadOptions extends FetchOptions {
  /** The versions that the code makes, oldest first. Made only for a reference to one. */
  readonly createSchemas: () => Promise<ReadonlyMap<ApiVersion, GraphQLSchema>>;
}

const VERSION = /^(current|next|\d{4}-\d{2})$/;

/**
 * A schema by its reference: a version of ours (`2026-11`, `current`, `next`), a URL, a file in git (`git:REF:PATH`), or a file. A
 * file that ends in `.json` holds the answer to an introspection query, any other SDL.
 * @throws UsageError for a reference that cannot be understood, OperationError for what does not lead to a valid schema.
 */
export async function loadSchema(reference: string, options: LoadOptions): Promise<LoadedSchema> {
  if (VERSION.test(reference)) return { name: reference, schema: await findVersion(reference, options) };
  if (/^https?:\/\//i.test(reference)) return { name: reference, schema: await fetchSchema(parseUrl(reference), options) };
  if (reference.startsWith('git:')) {
    const { ref, path } = parseGitReference(reference);
    return build(reference, path, await readGitFile(ref, path, options.signal));
  }
  return build(reference, reference, await readSchemaFile(reference));
}

function build(name: string, file: string, text: string): LoadedSchema {
  if (!file.endsWith('.json')) return { name, file, schema: buildFromSdl(text, name) };
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new OperationError(`${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  return { name, schema: buildFromIntrospection(answer, name) };
}

async function findVersion(reference: string, { createSchemas }: LoadOptions): Promise<GraphQLSchema> {
  const schemas = await createSchemas();
  const name = reference === 'current' ? currentVersion.name : reference;
  const found = [...schemas].find(([version]) => version.name === name);
  if (found !== undefined) return found[1];
  const names = ['current', ...[...schemas.keys()].map((version) => version.name)];
  throw new UsageError(`there is no version ${reference}: expected one of ${names.join(', ')}. A file of that name is ./${reference}`);
}

/** Messages repeat a URL: what is secret does not belong into it. */
function parseUrl(reference: string): URL {
  if (!URL.canParse(reference)) throw new UsageError(`expected a URL, got ${JSON.stringify(reference)}`);
  const url = new URL(reference);
  if (url.username === '' && url.password === '') return url;
  throw new UsageError(`expected a URL without a user and a password: give --header 'authorization: …' for ${url.host}`);
}

function parseGitReference(reference: string): { ref: string; path: string } {
  const [, ref, path] = /^git:([^:]+):(.+)$/s.exec(reference) ?? [];
  if (ref === undefined || path === undefined)
    throw new UsageError(`expected git:REF:PATH, such as git:origin/main:schema.graphql, got ${JSON.stringify(reference)}`);
  return { ref, path };
}

async function readSchemaFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new OperationError(
        `there is no file ${JSON.stringify(path)}. Expected a file, a URL, git:REF:PATH, or a version such as current or next`,
      );
    throw new OperationError(`${path} cannot be read: ${error.message}`, { cause: error });
  });
}
