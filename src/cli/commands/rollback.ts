import { type Command, Option } from 'commander';
import { type Phase, PHASES } from '../../choice/migrate/phase.ts';
import { rollbackFields } from '../../choice/migrate/rollback.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, reasonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { formatTable } from '../text/table.ts';

interface RollbackOptions extends StepOptions {
  readonly to: Phase;
}

/** `choices rollback --to PHASE`: back from any phase. */
export function addRollbackCommand(program: Command, run: RunCommand): void {
  program
    .command('rollback')
    .description(
      'Go back to a phase, from any that lies beyond it. Choices, aliases and acceptances stay, and every string is what it was.',
    )
    .addOption(new Option('--to <phase>', 'the phase to go back to').choices(PHASES).makeOptionMandatory())
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices rollback --to migrated --field Lead.industry --tenant acme')
    .action((options: RollbackOptions) =>
      run((context) =>
        runStep(
          context,
          options,
          (sql, scope, runOptions) => rollbackFields(sql, scope, { ...runOptions, to: options.to }),
          describeRollback,
        ),
      ),
    );
}

type RollbackResult = Awaited<ReturnType<typeof rollbackFields>>;

function describeRollback(result: RollbackResult, dryRun: boolean): string {
  const done = dryRun ? 'would go back' : 'went back';
  const table = formatTable(
    [{ header: 'field' }, { header: 'tenants' }, { header: 'from' }, { header: 'to' }, { header: 'result' }],
    result.fields.map(({ field, tenants, from, to, changed }) => [
      field,
      tenants?.join(', ') ?? 'all',
      from,
      to,
      changed ? done : 'nothing to do',
    ]),
  );
  return joinParts([table.join('\n'), dryRunNote(dryRun)]);
}
