import { Argument, type Command } from 'commander';
import { mapValues } from '../../choice/migrate/map.ts';
import { findTenants } from '../../tenancy/tenant.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { readMappings } from '../mapping.ts';
import { actorOption, dryRunOption, jsonOption, oneTenantOption, requireOneTenant } from '../options.ts';
import { readField } from '../scope.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { showValue } from '../text/show-value.ts';
import { formatTable } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface MapOptions {
  readonly tenant?: string[];
  readonly remap?: boolean;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** `choices map`: says which choice of a tenant a legacy value stands for. */
export function addMapCommand(program: Command, run: RunCommand): void {
  program
    .command('map')
    .description(
      "Map legacy values to a tenant's choices. The value is taken to the byte. At preferred and contracted, the rows that hold it get their ref at once; before that, the next choices migrate gives it to them.",
    )
    .addArgument(new Argument('<field>', 'the choice field, such as Lead.industry'))
    .addArgument(new Argument('<value=key...>', 'a legacy value and the key of a choice, split at the last ='))
    .addOption(oneTenantOption())
    .option('--remap', 'also move values that are mapped to another choice already, and their rows')
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', "\nExample:\n  $ choices map Lead.industry --tenant globex telecom=tech $'tech\\302\\240=tech'")
    .action((coordinate: string, pairs: string[], options: MapOptions) =>
      run((context) => {
        const field = readField(context.registry, coordinate);
        const slug = requireOneTenant(options.tenant);
        const mappings = readMappings(pairs);
        const runOptions = readRunOptions(context, options);
        return withDatabase(context, async ({ sql }) => {
          const tenant = (await findTenants(sql, [slug]))[0]!;
          const request = { registry: context.registry, field, tenant, pairs: mappings, remap: options.remap === true };
          const result = await mapValues(sql, request, runOptions);
          return { exitCode: ExitCode.done, answer: { document: result, text: describeMappings(result, runOptions.dryRun) } };
        });
      }),
    );
}

type MapResult = Awaited<ReturnType<typeof mapValues>>;

function describeMappings(result: MapResult, dryRun: boolean): string {
  const table = formatTable(
    [
      { header: 'value' },
      { header: 'choice' },
      { header: 'mapping' },
      { header: 'without ref', align: 'right' },
      { header: 'remapped', align: 'right' },
    ],
    result.mapped.map((mapping) => [
      showValue(mapping.value),
      mapping.key,
      mapping.added ? 'new' : mapping.remapped > 0 ? 'moved' : 'there already',
      String(mapping.rows),
      String(mapping.remapped),
    ]),
  );
  return joinParts([table.join('\n'), whenRowsFollow(result), dryRunNote(dryRun)]);
}

/** The count is of before: where only the ref is read, none of those rows is left without it. */
function whenRowsFollow({ mapped }: MapResult): string {
  if (mapped.every(({ rows }) => rows === 0)) return '';
  return 'Rows that were without a ref get it with the mapping at preferred and contracted, and by choices migrate before that.';
}
