import { type Command, Option } from 'commander';
import { migrateRecords } from '../../choice/migrate/migrate.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { exitCodeOf } from '../outcome.ts';
import { parseWholeNumber } from '../parse-whole-number.ts';
import { readFields, readScope } from '../scope.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { describeReport, describeUnsettled } from '../text/report-text.ts';
import { withDatabase } from '../with-database.ts';

const LARGEST_BATCH = 100_000;

interface MigrateOptions {
  readonly field?: string[];
  readonly tenant?: string[];
  readonly batchSize?: number;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices migrate`: sets the ref of every row whose legacy value a choice stands for, batch by batch, and verifies itself. */
export function addMigrateCommand(program: Command, run: RunCommand): void {
  program
    .command('migrate')
    .description(
      'Set the ref of every row whose legacy value a choice stands for, in batches, while writers go on. Exits 3 while values stay unmapped.',
    )
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(new Option('--batch-size <rows>', 'rows per transaction').argParser((text) => parseWholeNumber(text, 1, LARGEST_BATCH)))
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices migrate --field Lead.industry --tenant acme')
    .action((options: MigrateOptions) =>
      run((context) => {
        const fields = readFields(context.registry, options.field);
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const scope = await readScope(sql, context.registry, fields, options.tenant);
          const result = await migrateRecords(sql, scope, { ...runOptions, batchSize: options.batchSize });
          return { exitCode: exitCodeOf(result), answer: { document: result, text: describeMigration(result, runOptions.dryRun) } };
        });
      }),
    );
}

type MigrateResult = Awaited<ReturnType<typeof migrateRecords>>;

function describeMigration(result: MigrateResult, dryRun: boolean): string {
  return joinParts([describeReport(result), dryRunNote(dryRun), describeVerdict(result)]);
}

function describeVerdict(result: MigrateResult): string {
  const unsettled = describeUnsettled(result.fields);
  if (unsettled !== undefined)
    return `Not done: ${unsettled} stay unmapped, and nobody accepted that. Map or accept each, then run choices migrate again.`;
  if (!result.ok) return 'Not done: see above, and choices verify.';
  return result.fields.length > 0 ? 'Done: every row is mapped, empty or accepted.' : '';
}
