import { type Command, Option } from 'commander';
import { contractFields } from '../../choice/migrate/contract.ts';
import { UsageError } from '../../errors.ts';
import type { RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, reasonOption, tenantsOption } from '../options.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { runStep, type StepOptions } from '../run-step.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { formatTable } from '../text/table.ts';

interface ContractOptions extends StepOptions {
  /** Seconds. */
  readonly window: number;
  readonly force?: boolean;
}

const WEEK = 7 * 86_400;

/** `choices contract`: the legacy column of each field goes, its strings stay. */
export function addContractCommand(program: Command, run: RunCommand): void {
  program
    .command('contract')
    .description(
      'Drop the legacy column of each choice field, once every tenant prefers the ref and nobody writes only the old column. Strings that keys cannot restore are archived first; servers go on answering them.',
    )
    .addOption(fieldOption())
    .addOption(tenantsOption().hideHelp())
    .addOption(
      new Option('--window <span>', 'how long nobody may have written only the legacy column: 90s, 12h, 7d')
        .argParser(parseTimeSpan)
        .default(WEEK, '7d'),
    )
    .addOption(new Option('--force', 'go on although the record of writers is shorter than the window; needs --reason'))
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices contract --field Lead.industry --dry-run')
    .action((options: ContractOptions) =>
      run((context) => {
        if (options.tenant !== undefined)
          throw new UsageError('contract drops a column for all tenants at once: expected no --tenant; leave it out');
        if (options.force && !options.reason?.trim()) throw new UsageError('--force: expected --reason TEXT with it, got none');
        const gate = { window: options.window * 1000, force: options.force === true };
        return runStep(
          context,
          options,
          (sql, scope, runOptions) => contractFields(sql, scope, { ...runOptions, ...gate }),
          describeContraction,
        );
      }),
    );
}

type ContractResult = Awaited<ReturnType<typeof contractFields>>;

function describeContraction(result: ContractResult, dryRun: boolean): string {
  const done = dryRun ? 'would be contracted' : 'contracted';
  const table = formatTable(
    [{ header: 'field' }, { header: 'result' }, { header: 'strings archived', align: 'right' }],
    result.fields.map(({ field, changed, archived }) => [field, changed ? done : 'nothing to do', String(archived)]),
  );
  return joinParts([table.join('\n'), dryRunNote(dryRun)]);
}
