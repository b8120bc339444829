import type { Command } from 'commander';
import { preferFields } from '../../choice/migrate/prefer.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, reasonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { NO_TENANT } from '../text/report-text.ts';
import { formatTable } from '../text/table.ts';

/** `choices prefer`: refs, filters by them and ordering read the ref alone. */
export function addPreferCommand(program: Command, run: RunCommand): void {
  program
    .command('prefer')
    .description('Have industryRef, its filters and ordering read the ref alone, once everything is migrated. One tenant can go first.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices prefer --field Lead.industry --tenant acme')
    .action((options: StepOptions) => run((context) => runStep(context, options, preferFields, describePreference)));
}

type PreferResult = Awaited<ReturnType<typeof preferFields>>;

function describePreference(result: PreferResult, dryRun: boolean): string {
  const done = dryRun ? 'would be preferred' : 'preferred';
  const table = formatTable(
    [{ header: 'field' }, { header: 'tenant' }, { header: 'result' }],
    result.fields.map(({ field, tenant, phase, changed }) => [field, tenant, changed ? done : `nothing to do: ${phase}`]),
  );
  return joinParts([result.fields.length === 0 ? NO_TENANT : table.join('\n'), dryRunNote(dryRun)]);
}
