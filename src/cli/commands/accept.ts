import { Argument, type Command } from 'commander';
import { acceptValues } from '../../choice/migrate/accept.ts';
import { UsageError } from '../../errors.ts';
import { findTenants } from '../../tenancy/tenant.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { actorOption, collectDistinct, dryRunOption, jsonOption, oneTenantOption, reasonOption, requireOneTenant } from '../options.ts';
import { readField } from '../scope.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { showValue } from '../text/show-value.ts';
import { formatTable } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface AcceptOptions {
  readonly tenant?: string[];
  readonly reason: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices accept`: lets values of a tenant stay unmapped, by name and with a reason. */
export function addAcceptCommand(program: Command, run: RunCommand): void {
  program
    .command('accept')
    .description('Let legacy values of a tenant stay unmapped. Who accepted them, and why, is kept.')
    .addArgument(new Argument('<field>', 'the choice field, such as Lead.industry'))
    .addArgument(new Argument('<value...>', 'a legacy value, to the byte').argParser(collectDistinct))
    .addOption(oneTenantOption())
    .addOption(reasonOption('why they may stay').makeOptionMandatory())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      "\nExample:\n  $ choices accept Lead.leadSource --tenant globex cold_call --reason 'no longer used, kept for reports'",
    )
    .action((coordinate: string, values: string[], options: AcceptOptions) =>
      run((context) => {
        const field = readField(context.registry, coordinate);
        const slug = requireOneTenant(options.tenant);
        if (options.reason.trim() === '') throw new UsageError('--reason: expected why the values may stay, got nothing');
        if (values.includes('')) throw new UsageError('expected a legacy value, got an empty one: empty rows need no acceptance');
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const tenant = (await findTenants(sql, [slug]))[0]!;
          const result = await acceptValues(sql, { field, tenant, values, reason: options.reason }, runOptions);
          return { exitCode: ExitCode.done, answer: { document: result, text: describeAcceptances(result, runOptions.dryRun) } };
        });
      }),
    );
}

type AcceptResult = Awaited<ReturnType<typeof acceptValues>>;

function describeAcceptances(result: AcceptResult, dryRun: boolean): string {
  const table = formatTable(
    [{ header: 'value' }, { header: 'rows', align: 'right' }, { header: 'acceptance' }],
    result.accepted.map((value) => [showValue(value.value), String(value.count), value.added ? 'new' : 'there already']),
  );
  return joinParts([table.join('\n'), dryRunNote(dryRun)]);
}
