import type { Command } from 'commander';
import { pauseMigration, type PauseResult } from '../../choice/migrate/pause.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, reasonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';

/** `choices pause`: backfills rest until they are resumed. */
export function addPauseCommand(program: Command, run: RunCommand): void {
  program
    .command('pause')
    .description('Let the backfills that are asked for rest, from the end of their current batch on, whoever works on them.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices pause --tenant acme --reason "month-end closing"')
    .action((options: StepOptions) => run((context) => runStep(context, options, pauseMigration, describePause)));
}

function describePause(result: PauseResult, dryRun: boolean): string {
  return joinParts([listPaused(result, dryRun), dryRunNote(dryRun)]);
}

function listPaused(result: PauseResult, dryRun: boolean): string {
  if (result.parts === 0) return 'Nothing to pause: no backfill is asked for that does not rest already.';
  const lines = result.fields.map(({ field, tenant }) => `  ${field} of ${tenant}`);
  return [`${dryRun ? 'Would pause' : 'Paused'} ${plural(result.parts, 'backfill')}:`, ...lines, 'Go on by: choices resume'].join('\n');
}
