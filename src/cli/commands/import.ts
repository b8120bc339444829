import { Argument, type Command } from 'commander';
import type { ImportResult } from '../../crm/import/import-legacy-export.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { actorOption, collectDistinct, dryRunOption, jsonOption } from '../options.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { formatTable, type TableColumn } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface ImportOptions {
  readonly createTenants?: boolean;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices import`: a legacy export, all of a file or nothing of it. */
export function addImportCommand(program: Command, run: RunCommand): void {
  program
    .command('import')
    .description('Import a legacy export. A file is imported whole or not at all; importing it again changes nothing.')
    .addArgument(
      new Argument('<path...>', 'a folder with leads.csv, accounts.csv, opportunities.csv, tasks.csv, or one of them').argParser(
        collectDistinct,
      ),
    )
    .option('--create-tenants', 'create the tenants that the files name and the database lacks')
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices import ./legacy-export --create-tenants')
    .action((paths: string[], options: ImportOptions) =>
      run((context) => {
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async (database) => {
          const createTenants = options.createTenants === true;
          const result = await context.dependencies.importLegacyExport(database, context.registry, paths, { ...runOptions, createTenants });
          return {
            exitCode: ExitCode.done,
            answer: { document: { ok: true, ...result }, text: describeImport(result, runOptions.dryRun) },
          };
        });
      }),
    );
}

const COLUMNS: readonly TableColumn[] = [
  { header: 'file' },
  ...['rows', 'inserted', 'existing'].map((header): TableColumn => ({ header, align: 'right' })),
];

function describeImport(result: ImportResult, dryRun: boolean): string {
  const table = formatTable(
    COLUMNS,
    result.files.map((file) => [file.file, ...[file.rows, file.inserted, file.existing].map(String)]),
  );
  const created =
    result.tenantsCreated.length === 0 ? '' : `${dryRun ? 'Tenants to create' : 'Tenants created'}: ${result.tenantsCreated.join(', ')}`;
  return joinParts([table.join('\n'), created, dryRunNote(dryRun)]);
}
