import { type Command, Option } from 'commander';
import { type Phase, PHASES } from '../../choice/migrate/phase.ts';
import { rollbackFields } from '../../choice/migrate/rollback.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { actorOption, dryRunOption, fieldOption, jsonOption, reasonOption, tenantsOption } from '../options.ts';
import { exitCodeOf } from '../outcome.ts';
import { readFields, readScope } from '../scope.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { formatTable } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface RollbackOptions {
  readonly to: Phase;
  readonly field?: string[];
  readonly tenant?: string[];
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
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
      run((context) => {
        const fields = readFields(context.registry, options.field);
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const scope = await readScope(sql, context.registry, fields, options.tenant);
          const result = await rollbackFields(sql, scope, {
            ...runOptions,
            to: options.to,
            ...(options.reason === undefined ? {} : { reason: options.reason }),
          });
          return { exitCode: exitCodeOf(result), answer: { document: result, text: describeRollback(result, runOptions.dryRun) } };
        });
      }),
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
