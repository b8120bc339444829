import { open, type FileHandle } from 'node:fs/promises';
import { sql } from 'kysely';
import { describeChange } from '../../choice/audit/describe-change.ts';
import type { ChoiceRegistry } from '../../choice/choice-registry.ts';
import { insertTenant } from '../../choice/migrate/create-tenant.ts';
import type { RunOptions } from '../../choice/migrate/run.ts';
import { matchHeader } from '../../csv/match-header.ts';
import { type CsvRecord, readCsv } from '../../csv/read-csv.ts';
import { createProblemList, type ProblemList } from '../../csv/row-problem.ts';
import { OperationError } from '../../errors.ts';
import { checkStagedRows, findMissingTenants } from './check-staged-rows.ts';
import { encodeRows } from './encode-rows.ts';
import type { LegacyFile } from './find-legacy-files.ts';
import { type ImportedFile, ImportError } from './import-error.ts';
import type { ImportProblem } from './import-problem.ts';
import { type ImportSession, inTransaction } from './import-session.ts';
import { insertStagedRows, planStagedRows } from './insert-staged-rows.ts';
import { findGoneColumns, type LegacyColumn, readLegacyColumns } from './legacy-columns.ts';
import { createStaging, fillStaging } from './staged-rows.ts';

export interface ImportOptions extends RunOptions {
  /** Whether tenants that a file names and the database lacks are created; otherwise their rows are refused. */
  readonly createTenants: boolean;
}

export interface FileOutcome extends ImportedFile {
  /** Slugs. In a dry run: those that would be created. */
  readonly missingTenants: readonly string[];
}

/**
 * Imports one file in one transaction: all of it or nothing. A dry run does the same in a transaction that may only read.
 * @throws ImportError with what is wrong in the file; OperationError where the file cannot be read or changes meanwhile.
 */
export async function importFile(
  session: ImportSession,
  registry: ChoiceRegistry,
  legacyFile: LegacyFile,
  options: ImportOptions,
): Promise<FileOutcome> {
  const { path, table } = legacyFile;
  const problems = createProblemList<ImportProblem>(path);
  const rejectProblems = () => {
    if (problems.total > 0) throw new ImportError({ file: path, problems: problems.first(), total: problems.total, imported: [] });
  };
  return withUnchangedFile(path, async (file, assertUnchanged) => {
    const header = await readHeader(file, problems);
    rejectProblems();
    const columns = matchHeader(header, await readLegacyColumns(session.sql, registry, table), problems);
    rejectProblems();
    return inTransaction(session, async () => {
      await createStaging(session, columns);
      if (options.dryRun) await sql`SET TRANSACTION READ ONLY`.execute(session.sql);
      const rows = await fillStaging(session, columns, readRows(file, legacyFile, columns, problems, options));
      await assertUnchanged();
      // One import at a time from here on, so that two of them cannot wait for each other's rows.
      if (!options.dryRun) await sql`SELECT pg_advisory_xact_lock(hashtext('choices import'))`.execute(session.sql);
      await checkStagedRows(session.sql, { ...options, columns }, problems);
      rejectProblems();

      const missingTenants = await findMissingTenants(session.sql);
      if (options.dryRun) return conclude(path, rows, await planStagedRows(session.sql, table), missingTenants);
      await describeChange(session.sql, { actor: options.actor, operation: 'import' });
      for (const slug of missingTenants)
        await insertTenant(session.sql, registry, { slug, name: slug[0]!.toUpperCase() + slug.slice(1) }, options.actor);
      // The column of a choice field may have gone or come back since the header was read.
      const gone = await findGoneColumns(session.sql, table, columns);
      return conclude(path, rows, await insertStagedRows(session.sql, table, columns, gone), missingTenants);
    });
  });
}

function conclude(file: string, rows: number, inserted: number, missingTenants: readonly string[]): FileOutcome {
  return { file, rows, inserted, existing: rows - inserted, missingTenants };
}

async function readHeader(file: FileHandle, problems: ProblemList<ImportProblem>): Promise<CsvRecord | undefined> {
  for await (const { records, broken } of readCsv(file)) {
    if (records[0]) return records[0];
    if (broken) problems.add({ ...broken, column: null });
  }
  return undefined;
}

/** Every row but the header. What cannot be understood ends the file, so that the rows before it are checked all the same. */
async function* readRows(
  file: FileHandle,
  { table }: LegacyFile,
  columns: readonly LegacyColumn[],
  problems: ProblemList<ImportProblem>,
  options: ImportOptions,
): AsyncGenerator<string> {
  const { size } = await file.stat();
  let done = 0;
  let header = true;
  for await (const { records, bytesRead, broken } of readCsv(file)) {
    const rows = header ? records.slice(1) : records;
    header &&= records.length === 0;
    const text = encodeRows(rows, columns, problems);
    if (text !== '') yield text;
    if (broken) problems.add({ ...broken, column: null });
    done += rows.length;
    // The rows still to come are a guess from their bytes, until the last is read.
    const total = broken || bytesRead >= size ? done : Math.max(done, Math.round((done * size) / bytesRead));
    options.onProgress({ step: 'import', field: table.fileName, done, total });
  }
}

/** Opens a file and closes it; `assertUnchanged` throws once somebody else has written to it since. */
async function withUnchangedFile<T>(path: string, use: (file: FileHandle, assertUnchanged: () => Promise<void>) => Promise<T>): Promise<T> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw new OperationError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    const before = await file.stat({ bigint: true });
    const assertUnchanged = async () => {
      const after = await file.stat({ bigint: true });
      if (after.size !== before.size || after.mtimeNs !== before.mtimeNs)
        throw new OperationError(`${path} was changed while it was being read. Nothing of it was imported: run the command again`);
    };
    return await use(file, assertUnchanged);
  } finally {
    await file.close();
  }
}
