import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { OperationError, UsageError } from '../../errors.ts';
import { readAnchor } from '../../evolution/check/anchor.ts';
import { checkSchemas, compareSchemas } from '../../evolution/check/check-schemas.ts';
import { checkVersions, listOpenVersions } from '../../evolution/check/check-versions.ts';
import { isFine } from '../../evolution/check/finding.ts';
import { defaultPolicy } from '../../evolution/check/policy/policy.ts';
import type { Policy } from '../../evolution/check/policy/policy.ts';
import { loadSchema } from '../../evolution/source/load-schema.ts';
import type { LoadedSchema } from '../../evolution/source/loaded-schema.ts';
import { printVersion } from '../../evolution/versions/print-version.ts';
import type { CommandContext, RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { collectDistinct, jsonOption } from '../options.ts';
import type { Outcome } from '../outcome.ts';
import { collectHeader } from '../parse-header.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { parseWholeNumber } from '../parse-whole-number.ts';
import { createReportDocument, reportFormats } from '../text/schema-report.ts';
import type { ReportFormat, SchemaReport } from '../text/schema-report.ts';
import { formatAnnotations } from '../text/schema-report-github.ts';
import { formatMarkdown } from '../text/schema-report-markdown.ts';
import { describeSchemaReport } from '../text/schema-report-text.ts';
import { addEnd } from './schema-end.ts';
import { addPublish } from './schema-publish.ts';

const REFERENCES = `
A schema is a file of SDL, a .json file with the answer to an introspection query, the URL of a server (GET URL?sdl where it has
that, else introspection), git:REF:PATH, or a version of this API: its name, current or next.`;

interface LoadFlags {
  readonly header?: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeLimit: number;
}

interface DiffFlags extends LoadFlags {
  readonly format: ReportFormat;
}

interface CheckFlags extends DiffFlags {
  readonly notice: number;
  readonly deprecations: boolean;
  readonly descriptions: boolean;
  readonly naming: boolean;
  readonly allowName?: string[];
  readonly directory: string;
  readonly against?: string;
  readonly write?: boolean;
}

/** `choices schema`: what the API looks like, and whether a change of it may be let through. */
export function addSchemaCommand(program: Command, run: RunCommand): void {
  const schema = program.command('schema').description('Print, compare, check and publish GraphQL schemas.');
  addPrint(schema, run);
  addDiff(schema, run);
  addCheck(schema, run);
  addPublish(schema, run);
  addEnd(schema, run);
  schema.addHelpText('after', '\nExample:\n  $ choices schema diff 2026-01 current');
}

function addPrint(schema: Command, run: RunCommand): void {
  addLoadOptions(
    schema
      .command('print')
      .description('Print a schema as SDL, sorted, alone on stdout.')
      .argument('[schema]', 'which', 'current')
      .addOption(jsonOption()),
  )
    .addHelpText('after', `${REFERENCES}\n\nExample:\n  $ choices schema print 2026-01`)
    .action((reference: string, flags: LoadFlags) =>
      run(async (context) => {
        const loaded = await load(context, reference, flags);
        const sdl = printVersion(loaded.schema);
        return { exitCode: ExitCode.done, answer: { document: { ok: true, schema: loaded.name, sdl }, text: sdl.trimEnd() } };
      }),
    );
}

function addDiff(schema: Command, run: RunCommand): void {
  addLoadOptions(
    schema
      .command('diff')
      .description('Show every change between two schemas. Exits with 3 if one breaks operations, whatever was announced.')
      .argument('<old>', 'the schema before')
      .argument('<new>', 'the schema after')
      .addOption(formatOption())
      .addOption(jsonOption()),
  )
    .addHelpText('after', `${REFERENCES}\n\nExample:\n  $ choices schema diff schema/2026-01.graphql http://127.0.0.1:4000/graphql`)
    .action((older: string, newer: string, flags: DiffFlags, command: Command) => {
      answerInFormat(command, flags);
      return run(async (context) => {
        const [before, after] = await Promise.all([load(context, older, flags), load(context, newer, flags)]);
        return report({ subject: `${older} → ${newer}`, findings: compareSchemas(before, after) }, flags.format);
      });
    });
}

function addCheck(schema: Command, run: RunCommand): void {
  addLoadOptions(
    schema
      .command('check')
      .description(
        'Check whether a schema may take the place of another; without arguments, the versions of this API against schema/ and each ' +
          'other. Exits with 3 if something is refused.',
      )
      .argument('[old]', 'the schema before')
      .argument('[new]', 'the schema after')
      .addOption(formatOption())
      .addOption(
        new Option('--notice <months>', 'between deprecation and removal, at least')
          .default(defaultPolicy.noticeMonths)
          .argParser((text) => parseWholeNumber(text, 0, 120)),
      )
      .option('--no-deprecations', 'do not ask deprecations for reason, replacement, sunset and notice')
      .option('--no-descriptions', 'do not ask for descriptions')
      .option('--no-naming', 'do not ask for PascalCase types, camelCase fields and inputs, UPPER_CASE enum values')
      .addOption(new Option('--allow-name <coordinate>', 'a member that is named otherwise; repeatable').argParser(collectDistinct))
      .addOption(new Option('--directory <path>', 'where the files of the versions of this API are').default('schema'))
      .option('--against <git:REF>', 'a commit; what it has of the versions of this API must hold still: what is published, what is served')
      .option('--write', 'first write the files of the versions of this API that are not published')
      .addOption(jsonOption()),
  )
    .addHelpText(
      'after',
      `${REFERENCES}\n\nExamples:\n  $ choices schema check --against git:origin/main\n  $ choices schema check git:origin/main:schema.graphql schema.graphql --format github`,
    )
    .action((older: string | undefined, newer: string | undefined, flags: CheckFlags, command: Command) => {
      answerInFormat(command, flags);
      return run((context) => {
        if (older === undefined) return checkOwn(context, flags);
        if (newer === undefined) throw new UsageError('expected two schemas, the one before and the one after, or none; got one');
        if (flags.against !== undefined)
          throw new UsageError('--against: expected no schemas with it, for it is about the versions of this API');
        if (flags.write) throw new UsageError('--write: expected no schemas with it, for it writes the versions of this API');
        return checkTwo(context, older, newer, flags);
      });
    });
}

async function checkTwo(context: CommandContext, older: string, newer: string, flags: CheckFlags): Promise<Outcome> {
  const [before, after] = await Promise.all([load(context, older, flags), load(context, newer, flags)]);
  return report({ subject: `${older} → ${newer}`, findings: checkSchemas(before, after, readPolicy(flags), new Date()) }, flags.format);
}

async function checkOwn(context: CommandContext, flags: CheckFlags): Promise<Outcome> {
  const { directory, format, against } = flags;
  const anchor = against === undefined ? undefined : await readAnchor(against, directory, context.signal);
  const [annotated, views] = await Promise.all([context.dependencies.loadSchema(), context.dependencies.createSchemas()]);
  if (flags.write)
    for (const { file, sdl, changed } of await listOpenVersions({ views, directory }))
      if (changed) {
        await writeFile(file, sdl).catch((error: Error) => {
          throw new OperationError(`${file} cannot be written: ${error.message}`, { cause: error });
        });
        context.say(`${file} written`);
      }
  const findings = await checkVersions({ annotated, views, directory, anchor, now: new Date() }, readPolicy(flags));
  return report({ subject: [...views.keys()].map(({ name }) => name).join(' → '), findings }, format, true);
}

/** Between versions of this API nearly everything is an addition: `inShort`, people get the number of what needs no look. */
function report(found: SchemaReport, format: ReportFormat, inShort = false): Outcome {
  return {
    exitCode: isFine(found.findings) ? ExitCode.done : ExitCode.blocked,
    answer: { document: createReportDocument(found), text: describe(found, format, inShort) },
  };
}

function describe(found: SchemaReport, format: ReportFormat, inShort: boolean): string {
  switch (format) {
    case 'markdown':
      return formatMarkdown(found);
    case 'github':
      return formatAnnotations(found);
    case 'text':
    case 'json':
      return describeSchemaReport(found, inShort ? ['announced', 'safe'] : []);
  }
}

function readPolicy({ notice, deprecations, descriptions, naming, allowName }: CheckFlags): Policy {
  return { noticeMonths: notice, deprecations, descriptions, naming, allowedNames: new Set(allowName) };
}

function load(context: CommandContext, reference: string, { header, timeLimit }: LoadFlags): Promise<LoadedSchema> {
  const { createSchemas } = context.dependencies;
  return loadSchema(reference, { createSchemas, headers: header, timeLimit: timeLimit * 1000, signal: context.signal });
}

/** `--format json` is `--json`, which the program reads for itself. */
function answerInFormat(command: Command, { format }: DiffFlags): void {
  if (format === 'json') command.parent?.parent?.setOptionValue('json', true);
}

function formatOption(): Option {
  return new Option('--format <format>', 'text for people, markdown for a comment, github for annotations, json')
    .choices(reportFormats)
    .default('text');
}

function addLoadOptions(command: Command): Command {
  return command
    .addOption(new Option('--header <name: value>', 'sent to every URL, such as authorization; repeatable').argParser(collectHeader))
    .addOption(new Option('--time-limit <span>', 'for a URL to answer').default(30, '30s').argParser(parseTimeSpan));
}
