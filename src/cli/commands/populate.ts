import type { Command } from 'commander';
import { populateChoices } from '../../choice/migrate/populate.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { escapeHidden } from '../text/escape-hidden.ts';
import { joinParts } from '../text/join-parts.ts';
import { NO_TENANT } from '../text/report-text.ts';
import { formatTable } from '../text/table.ts';

/** `choices populate`: each tenant gets its choices and aliases. */
export function addPopulateCommand(program: Command, run: RunCommand): void {
  program
    .command('populate')
    .description('Give each tenant its own choices, from the hardcoded lists. What a tenant has already is left as it is.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices populate --tenant acme')
    .action((options: StepOptions) => run((context) => runStep(context, options, populateChoices, describePopulation)));
}

type PopulateResult = Awaited<ReturnType<typeof populateChoices>>;

function describePopulation(result: PopulateResult, dryRun: boolean): string {
  const table = formatTable(
    [{ header: 'field' }, { header: 'tenant' }, { header: dryRun ? 'choices to add' : 'choices added', align: 'right' }],
    result.fields.map((field) => [field.field, field.tenant, String(field.choicesAdded)]),
  );
  const notes = result.fields.flatMap((field) => field.notes.map((note) => `${field.field} of ${field.tenant}: ${escapeHidden(note)}`));
  const born =
    result.newTenants.length === 0
      ? ''
      : `Tenants created from now on ${dryRun ? 'would be' : 'are'} born with the choices of ${result.newTenants.join(', ')}.`;
  return joinParts([result.fields.length === 0 ? NO_TENANT : table.join('\n'), notes.join('\n'), born, dryRunNote(dryRun)]);
}
