import type { Command } from 'commander';
import { type PauseResult, resumeMigration } from '../../choice/migrate/pause.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';

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
    .action((options: StepOptions) => run((context) => runStep(context, options, resumeMigration, describeResumption)));
}

function describeResumption(result: PauseResult, dryRun: boolean): string {
  return joinParts([listResumed(result, dryRun), dryRunNote(dryRun)]);
}

function listResumed(result: PauseResult, dryRun: boolean): string {
  if (result.parts === 0) return 'Nothing to resume: no backfill is paused.';
  const lines = result.fields.map(({ field, tenant }) => `  ${field} of ${tenant}`);
  return [`${dryRun ? 'Would resume' : 'Resumed'} ${plural(result.parts, 'backfill')}:`, ...lines].join('\n');
}
