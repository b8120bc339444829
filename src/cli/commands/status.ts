import type { Command } from 'commander';
import { readStatus } from '../../choice/migrate/status.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { readFields, readScope } from '../scope.ts';
import { describeBackfills } from '../text/backfills-text.ts';
import { joinParts } from '../text/join-parts.ts';
import { describeReport } from '../text/report-text.ts';
import { withDatabase } from '../with-database.ts';

interface StatusOptions {
  readonly field?: string[];
  readonly tenant?: string[];
}

/** `choices status`: where each field and tenant is. It answers 0 whatever it finds: it reports, and judges nothing. */
export function addStatusCommand(program: Command, run: RunCommand): void {
  program
    .command('status')
    .description('Show the phase of each field and tenant, what is mapped and what is not, and the backfills and workers that run.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices status --field Lead.industry --field Account.industry')
    .action((options: StatusOptions) =>
      run((context) => {
        const fields = readFields(context.registry, options.field);
        return withDatabase(context, async ({ sql }) => {
          const status = await readStatus(sql, await readScope(sql, context.registry, fields, options.tenant));
          const text = joinParts([describeReport(status), describeBackfills(status)]);
          return { exitCode: ExitCode.done, answer: { document: status, text } };
        });
      }),
    );
}
