import type { Command } from 'commander';
import { type PauseResult, resumeMigration } from '../../choice/migrate/pause.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { readFields, readScope } from '../scope.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { withDatabase } from '../with-database.ts';

interface ResumeOptions {
  readonly field?: string[];
  readonly tenant?: string[];
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices resume`: paused backfills go on. */
export function addResumeCommand(program: Command, run: RunCommand): void {
  program
    .command('resume')
    .description('Let paused backfills go on from where they were. A running choices worker or choices migrate takes them up.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices resume --tenant acme')
    .action((options: ResumeOptions) =>
      run((context) => {
        const fields = readFields(context.registry, options.field);
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const result = await resumeMigration(sql, await readScope(sql, context.registry, fields, options.tenant), runOptions);
          const text = joinParts([describeResumption(result, runOptions.dryRun), dryRunNote(runOptions.dryRun)]);
          return { exitCode: ExitCode.done, answer: { document: result, text } };
        });
      }),
    );
}

function describeResumption(result: PauseResult, dryRun: boolean): string {
  if (result.parts === 0) return 'Nothing to resume: no backfill is paused.';
  const lines = result.fields.map(({ field, tenant }) => `  ${field} of ${tenant}`);
  return [`${dryRun ? 'Would resume' : 'Resumed'} ${plural(result.parts, 'backfill')}:`, ...lines].join('\n');
}
