import type { Command } from 'commander';
import { expandFields } from '../../choice/migrate/expand.ts';
import { UsageError } from '../../errors.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { formatTable } from '../text/table.ts';

/** `choices expand`: the derived columns, keys, indexes and triggers of each field. */
export function addExpandCommand(program: Command, run: RunCommand): void {
  program
    .command('expand')
    .description('Add the ref column of each choice field, with its foreign key, indexes and triggers, while writers go on.')
    .addOption(fieldOption())
    .addOption(tenantsOption().hideHelp())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices expand --field Lead.industry --dry-run')
    .action((options: StepOptions) =>
      run((context) => {
        if (options.tenant !== undefined)
          throw new UsageError('expand changes a field for all tenants at once: expected no --tenant; leave it out');
        return runStep(context, options, expandFields, describeExpansion);
      }),
    );
}

type ExpandResult = Awaited<ReturnType<typeof expandFields>>;

function describeExpansion(result: ExpandResult, dryRun: boolean): string {
  const done = dryRun ? 'would be expanded' : 'expanded';
  const table = formatTable(
    [{ header: 'field' }, { header: 'result' }],
    result.fields.map((field) => [field.field, field.changed ? done : 'nothing to do']),
  );
  const statements = dryRun ? result.fields.flatMap((field) => field.statements) : [];
  return joinParts([table.join('\n'), statements.map((statement) => `${statement.replace(/;\s*$/, '')};`).join('\n'), dryRunNote(dryRun)]);
}
