import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OperationError, UsageError } from '../../errors.ts';
import { type LegacyTable, legacyTables } from './legacy-table.ts';

/** A file of a legacy export; `path` is as it was given, for messages. */
export interface LegacyFile {
  readonly path: string;
  readonly table: LegacyTable;
}

/**
 * The files that the paths name, each a folder or a file, in the order of import.
 * @throws UsageError for a path that does not exist, that is neither a folder nor a file of a known name, or a folder without any.
 */
export async function findLegacyFiles(paths: readonly string[]): Promise<LegacyFile[]> {
  const files: LegacyFile[] = [];
  for (const path of paths) files.push(...(await findFilesAt(path)));
  return legacyTables.flatMap((table) => files.filter((file) => file.table === table));
}

async function findFilesAt(path: string): Promise<LegacyFile[]> {
  const found = await inspect(path);
  if (found === undefined) throw new UsageError(`${path} does not exist. Expected a folder or a file of a legacy export`);
  if (found.isDirectory()) return findFilesIn(path);

  const table = legacyTables.find(({ fileName }) => fileName === basename(path));
  if (table === undefined || !found.isFile()) throw new UsageError(`Expected a folder, or a file named ${FILE_NAMES}, got ${path}`);
  return [{ path, table }];
}

async function findFilesIn(folder: string): Promise<LegacyFile[]> {
  const files: LegacyFile[] = [];
  for (const table of legacyTables) {
    const path = join(folder, table.fileName);
    const found = await inspect(path);
    if (found?.isFile()) files.push({ path, table });
    else if (found !== undefined) throw new OperationError(`${path} cannot be read: expected a file`);
  }
  if (files.length === 0) throw new UsageError(`${folder} has none of the files of a legacy export: ${FILE_NAMES}`);
  return files;
}

async function inspect(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new OperationError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const FILE_NAMES = `${legacyTables
  .slice(0, -1)
  .map(({ fileName }) => fileName)
  .join(', ')} or ${legacyTables.at(-1)!.fileName}`;
