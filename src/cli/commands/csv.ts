import { open, writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { ChoiceType } from '../../choice/choice-field.ts';
import type { ChoiceRegistry } from '../../choice/choice-registry.ts';
import { exportChoices } from '../../choice/csv/export-choices.ts';
import { type ImportedSheet, importChoices } from '../../choice/csv/import-choices.ts';
import { type EditPlace, editChoices } from '../../choice/manage/edit-choices.ts';
import { readRules } from '../../choice/rules.ts';
import type { ByteSource } from '../../csv/read-csv.ts';
import { readThrough } from '../../database/read.ts';
import { OperationError, UsageError } from '../../errors.ts';
import { findTenants } from '../../tenancy/tenant.ts';
import { readRunOptions, type RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { actorOption, dryRunOption, jsonOption, oneTenantOption, reasonOption, requireOneTenant } from '../options.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { showValue } from '../text/show-value.ts';
import { formatTable } from '../text/table.ts';
import { withDatabase } from '../with-database.ts';

interface SheetOptions {
  readonly tenant?: string[];
  readonly type: string;
}

interface ImportOptions extends SheetOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly actor?: string;
}

/** By it spreadsheets tell that a file is UTF-8; the import takes it off again. */
const BYTE_ORDER_MARK = '\ufeff';

/** `choices csv`: a tenant's choices as a sheet. */
export function addCsvCommand(program: Command, run: RunCommand): void {
  const csv = program.command('csv').description("Take a tenant's choices to a spreadsheet and back.");
  addExport(csv, run);
  addImport(csv, run);
  csv.addHelpText('after', '\nExample:\n  $ choices csv export --tenant acme --type INDUSTRY industries.csv');
}

function addExport(csv: Command, run: RunCommand): void {
  csv
    .command('export')
    .description('Write the choices of a type that a tenant has, merged ones among them, as CSV. Imported as it is, it changes nothing.')
    .argument('[file]', 'where to; it is replaced (default: stdout)')
    .addOption(oneTenantOption())
    .addOption(typeOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices csv export --tenant acme --type INDUSTRY industries.csv')
    .action((file: string | undefined, options: SheetOptions) =>
      run((context) => {
        const slug = requireOneTenant(options.tenant);
        const type = readType(context.registry, options.type);
        return withDatabase(context, async ({ sql }) => {
          const tenant = (await findTenants(sql, [slug]))[0]!;
          const { csv, choices } = await exportChoices(readThrough(sql), tenant.id, type);
          const document = { ok: true, tenant: slug, type: type.enumValue, choices };
          if (file === undefined)
            return { exitCode: ExitCode.done, answer: { document: { ...document, csv }, text: BYTE_ORDER_MARK + csv.slice(0, -1) } };
          await writeFile(file, BYTE_ORDER_MARK + csv).catch((error: unknown) => {
            throw new OperationError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
          });
          const text = `${plural(choices, 'choice')} of ${slug} written to ${file}.`;
          return { exitCode: ExitCode.done, answer: { document: { ...document, file }, text } };
        });
      }),
    );
}

function addImport(csv: Command, run: RunCommand): void {
  csv
    .command('import')
    .description(
      "Bring a tenant's choices to what a CSV file says, by their keys: all of it or nothing. What the file leaves out stays as it is.",
    )
    .argument('<file>', 'a file as export writes it, or with some of its columns')
    .addOption(oneTenantOption())
    .addOption(typeOption())
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(actorOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices csv import --tenant acme --type INDUSTRY --dry-run industries.csv')
    .action((file: string, options: ImportOptions) =>
      run((context) => {
        const slug = requireOneTenant(options.tenant);
        const type = readType(context.registry, options.type);
        if (options.reason?.trim() === '') throw new UsageError('--reason: expected why, got nothing');
        const { actor, dryRun } = readRunOptions(context, options);
        const { registry } = context;
        return withDatabase(context, async ({ sql }) => {
          const tenant = (await findTenants(sql, [slug]))[0]!;
          const scope = { registry, tenant, type, rules: await readRules(readThrough(sql)) };
          const change = { actor, operation: 'csv import', reason: options.reason };
          const place = { write: (work) => sql.transaction().execute(work), follow: (work) => work(sql) } satisfies EditPlace;
          const result = await withFile(file, (bytes) =>
            importChoices((work) => editChoices(place, scope, change, work), type, { name: file, bytes }, dryRun),
          );
          const document = { ok: true, dryRun, tenant: slug, type: type.enumValue, ...result };
          return { exitCode: ExitCode.done, answer: { document, text: describeImport(result, dryRun) } };
        });
      }),
    );
}

function typeOption(): Option {
  return new Option('--type <type>', 'the kind of choice, such as INDUSTRY or LEAD_SOURCE').makeOptionMandatory();
}

/** @throws UsageError that lists the types there are. */
function readType(registry: ChoiceRegistry, name: string): ChoiceType {
  const type = registry.types.find((candidate) => candidate.enumValue === name);
  if (type !== undefined) return type;
  throw new UsageError(`--type: expected one of ${registry.types.map(({ enumValue }) => enumValue).join(', ')}, got ${showValue(name)}`);
}

/** From its beginning to its end, in this order: it may be a pipe. */
async function withFile<Result>(path: string, use: (bytes: ByteSource) => Promise<Result>): Promise<Result> {
  const unreadable = (error: unknown) => new OperationError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(error);
  });
  try {
    if ((await file.stat()).isDirectory()) throw unreadable(new Error('it is a folder'));
    return await use({
      read: async (buffer, offset, length) => {
        let bytesRead = 0;
        for (let more = -1; more !== 0 && bytesRead < length; bytesRead += more)
          ({ bytesRead: more } = await file.read(buffer, offset + bytesRead, length - bytesRead, null).catch((error: unknown) => {
            throw unreadable(error);
          }));
        return { buffer, bytesRead };
      },
    });
  } finally {
    await file.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeImport({ created, updated, unchanged, rows }: ImportedSheet, dryRun: boolean): string {
  const changed = rows.flatMap(({ line, key, action, changes }) =>
    changes.map(({ column, before, after }, index) => [
      ...(index === 0 ? [line === null ? '–' : String(line), key, line === null ? 'moves along' : action] : ['', '', '']),
      column,
      before === null ? '–' : showValue(before),
      after === null ? '–' : showValue(after),
    ]),
  );
  const table = formatTable(
    [
      { header: 'line', align: 'right' },
      { header: 'key' },
      { header: 'row' },
      { header: 'column' },
      { header: 'before' },
      { header: 'after' },
    ],
    changed,
  );
  const counts = `${created} ${dryRun ? 'to create' : 'created'}, ${updated} ${dryRun ? 'to update' : 'updated'}, ${unchanged} unchanged.`;
  return joinParts([changed.length === 0 ? '' : table.join('\n'), counts, dryRunNote(dryRun)]);
}
