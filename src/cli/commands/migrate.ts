import type { Command } from 'commander';
import { migrateRecords } from '../../choice/migrate/migrate.ts';
import type { CommandContext, RunCommand } from '../command-context.ts';
import { InterruptedError } from '../interrupted-error.ts';
import { actorOption, batchSizeOption, dryRunOption, fieldOption, jsonOption, rateOption, readRate, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { describeReport, describeUnsettled } from '../text/report-text.ts';

interface MigrateOptions extends StepOptions {
  readonly batchSize?: number;
  readonly rate?: number | 'none';
}

/** `choices migrate`: sets the ref of every row whose legacy value a choice stands for, batch by batch, and verifies itself. */
export function addMigrateCommand(program: Command, run: RunCommand): void {
  program
    .command('migrate')
    .description(
      'Set the ref of every row whose legacy value a choice stands for, in batches, while writers go on, together with whatever workers run. Exits 3 while values stay unmapped.',
    )
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(batchSizeOption())
    .addOption(rateOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices migrate --field Lead.industry --tenant acme')
    .action((options: MigrateOptions) =>
      run((context) => {
        const pace = { batchSize: options.batchSize, rate: readRate(options.rate) };
        return sayWhatGoesOn(context, () =>
          runStep(context, options, (sql, scope, runOptions) => migrateRecords(sql, scope, { ...runOptions, ...pace }), describeMigration),
        );
      }),
    );
}

/** Whoever interrupts the command may think that this ends the work of others too. */
async function sayWhatGoesOn<T>({ say }: CommandContext, migrate: () => Promise<T>): Promise<T> {
  try {
    return await migrate();
  } catch (error) {
    if (error instanceof InterruptedError)
      say(
        'What was asked for stays so: workers that run go on with it, as the next choices migrate or choices worker does. choices pause holds it.',
      );
    throw error;
  }
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
