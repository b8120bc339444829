import { sql } from 'kysely';
import pg from 'pg';
import type { ChoiceRegistry } from '../../choice/choice-registry.ts';
import { assertSeesEveryRow } from '../../choice/migrate/row-security.ts';
import type { OwnerDatabase } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { findLegacyFiles, type LegacyFile } from './find-legacy-files.ts';
import { describeImported, type ImportedFile, ImportError } from './import-error.ts';
import { type FileOutcome, importFile, type ImportOptions } from './import-file.ts';
import { type ImportSession, withSession } from './import-session.ts';
import { createPlan } from './insert-staged-rows.ts';

export interface ImportResult {
  readonly files: readonly ImportedFile[];
  /** Slugs. In a dry run: those that would be created. */
  readonly tenantsCreated: readonly string[];
}

/**
 * Imports the files of legacy exports: accounts, leads, opportunities, then tasks. Each file is imported whole or not at all;
 * the first that cannot be ends the run, and those before it stay. Importing a file again inserts nothing.
 * @throws UsageError for paths that are no export; ImportError with every bad row of a file; OperationError for all else.
 */
export async function importLegacyExport(
  database: OwnerDatabase,
  registry: ChoiceRegistry,
  paths: readonly string[],
  options: ImportOptions,
): Promise<ImportResult> {
  const files = await findLegacyFiles(paths);
  await assertSeesEveryRow(database.sql, registry.fields);
  return withSession(database, async (session) => {
    if (options.dryRun) await createPlan(session.sql);
    const imported: ImportedFile[] = [];
    const tenantsCreated = new Set<string>();
    for (const file of files) {
      const { missingTenants, ...counts } = await importOne(session, registry, file, options, imported);
      imported.push(counts);
      for (const slug of missingTenants) tenantsCreated.add(slug);
      // Plans made before these rows came would scan the whole table for each batch of a migration.
      if (!options.dryRun) await sql`ANALYZE ${sql.table(file.table.table)}`.execute(session.sql);
    }
    return { files: imported, tenantsCreated: [...tenantsCreated] };
  });
}

async function importOne(
  session: ImportSession,
  registry: ChoiceRegistry,
  file: LegacyFile,
  options: ImportOptions,
  imported: readonly ImportedFile[],
): Promise<FileOutcome> {
  try {
    return await importFile(session, registry, file, options);
  } catch (error) {
    const kept = options.dryRun ? [] : imported;
    if (error instanceof ImportError) throw new ImportError({ ...error.data, imported: kept });
    if (!(error instanceof OperationError) && !isFromOutside(error)) throw error;
    const said = error instanceof OperationError ? error.message : `${file.path}: nothing of it was imported: ${error.message}`;
    throw new OperationError([said, ...describeImported(kept)].join('\n'), { cause: error });
  }
}

/** A fault of the database, of the connection or of the file system, not of this program. */
function isFromOutside(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof pg.DatabaseError || 'syscall' in error || error.message.startsWith('Connection terminated');
}
