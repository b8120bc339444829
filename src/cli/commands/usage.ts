import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { createRemovalDataKey } from '../../choice/migrate/removal-data-key.ts';
import { UsageError } from '../../errors.ts';
import { chooseDeprecations } from '../../evolution/removal/choose-deprecations.ts';
import { judgeRemovals, REMOVAL_WINDOW } from '../../evolution/removal/judge-removals.ts';
import { createRemovalStore } from '../../evolution/removal/removal-store.ts';
import { setTellsDeprecations } from '../../evolution/usage/api-clients.ts';
import { listClients } from '../../evolution/usage/list-clients.ts';
import { registerManifest, unregisterManifest } from '../../evolution/usage/manifests.ts';
import { currentVersion } from '../../evolution/versions/api-versions.ts';
import { findTenants } from '../../tenancy/tenant.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { collectDistinct, jsonOption, requireOneTenant } from '../options.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { describeClients, describeDocuments } from '../text/client-text.ts';
import { showValue } from '../text/show-value.ts';
import { describeUsage } from '../text/usage-text.ts';
import { withDatabase } from '../with-database.ts';

interface UsageOptions {
  readonly coordinate?: string[];
  /** Seconds. */
  readonly window: number;
  readonly tenant?: string[];
}

interface ClientOptions {
  readonly client: string;
  readonly clientVersion: string;
}

/** `choices usage`: who uses what is deprecated, and whether it may go. It answers 0 whatever it finds. */
export function addUsageCommand(program: Command, run: RunCommand): void {
  const usage = program
    .command('usage')
    .description('Show each deprecated member of the current schema: who uses it, and whether it may go.')
    .addOption(
      new Option('--coordinate <coordinate>', 'exactly this one, such as Lead.industry; repeatable (default: all)').argParser(
        collectDistinct,
      ),
    )
    .addOption(
      new Option('--window <span>', 'how long nobody may have used it: 12h, 30d')
        .argParser(parseTimeSpan)
        .default(REMOVAL_WINDOW / 1_000, '30d'),
    )
    .addOption(new Option('--tenant <slug>', 'tell of the uses of this tenant alone; the verdict is over all').argParser(collectDistinct))
    .addOption(jsonOption())
    .hook('preSubcommand', refuseOptions)
    .addHelpText('after', '\nExample:\n  $ choices usage --coordinate Lead.industry --window 7d')
    .action((options: UsageOptions) =>
      run(async (context) => {
        const schema = await context.dependencies.loadSchema();
        chooseDeprecations(schema, currentVersion, options.coordinate);
        const slug = options.tenant === undefined ? undefined : requireOneTenant(options.tenant);
        return withDatabase(context, async ({ sql }) => {
          const tenant = slug === undefined ? undefined : (await findTenants(sql, [slug]))[0]!;
          const window = options.window * 1_000;
          const deprecations = await judgeRemovals({
            schema,
            version: currentVersion,
            coordinates: options.coordinate,
            window,
            store: createRemovalStore(sql, schema),
            dataKey: createRemovalDataKey(sql, context.registry, { window }),
            tenant,
          });
          const document = { ok: true, version: currentVersion.name, window: options.window, tenant: slug ?? null, deprecations };
          return { exitCode: ExitCode.done, answer: { document, text: describeUsage(deprecations) } };
        });
      }),
    );
  addRegister(usage, run);
  addUnregister(usage, run);
  addClients(usage, run);
  addClient(usage, run);
}

/** Commander takes the options of a command wherever they stand. */
function refuseOptions(usage: Command, command: Command): void {
  const given = usage.options.find((option) => usage.getOptionValueSource(option.attributeName()) === 'cli');
  if (given !== undefined) throw new UsageError(`${given.long}: choices usage ${command.name()} has no such option`);
}

function addRegister(usage: Command, run: RunCommand): void {
  usage
    .command('register')
    .description('Register the documents that a version of a client may send, in place of those it registered before. They count as use.')
    .argument('<manifest>', "a file of persisted documents, as graphql-codegen's client preset or Apollo's tools write it")
    .addOption(clientOption())
    .addOption(clientVersionOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices usage register persisted-documents.json --client web --client-version 1.4.0')
    .action((path: string, { client, clientVersion }: ClientOptions) =>
      run(async (context) => {
        const text = await readFile(path, 'utf8').catch((error: Error) => {
          throw new UsageError(`the manifest cannot be read: ${error.message}`, { cause: error });
        });
        const schemas = await context.dependencies.createSchemas();
        return withDatabase(context, async ({ sql }) => {
          const { documents } = await registerManifest(sql, { client, clientVersion, text }, schemas);
          const document = { ok: true, client, clientVersion, documents };
          return {
            exitCode: ExitCode.done,
            answer: { document, text: `Registered ${describeDocuments(documents, client, clientVersion)}.` },
          };
        });
      }),
    );
}

function addUnregister(usage: Command, run: RunCommand): void {
  usage
    .command('unregister')
    .description('Take back the documents that a version of a client registered: it is no longer in use.')
    .addOption(clientOption())
    .addOption(clientVersionOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices usage unregister --client web --client-version 1.3.0')
    .action(({ client, clientVersion }: ClientOptions) =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const { documents } = await unregisterManifest(sql, { client, clientVersion });
          const document = { ok: true, client, clientVersion, documents };
          return {
            exitCode: ExitCode.done,
            answer: { document, text: `Took back ${describeDocuments(documents, client, clientVersion)}.` },
          };
        }),
      ),
    );
}

function addClients(usage: Command, run: RunCommand): void {
  usage
    .command('clients')
    .description('List the clients, and whether they are told, with each answer, what they used that is deprecated.')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices usage clients --json')
    .action(() =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const clients = await listClients(sql);
          return { exitCode: ExitCode.done, answer: { document: { clients }, text: describeClients(clients) } };
        }),
      ),
    );
}

function addClient(usage: Command, run: RunCommand): void {
  usage
    .command('client')
    .description('Settle whether a client is told, with each answer, what it used that is deprecated. Servers follow within seconds.')
    .argument('<name>', 'what it calls itself')
    .addOption(new Option('--deprecations <switch>', 'whether it is told').choices(['on', 'off']).makeOptionMandatory())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices usage client web --deprecations off')
    .action((name: string, options: { deprecations: 'on' | 'off' }) =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const tellsDeprecations = options.deprecations === 'on';
          await setTellsDeprecations(sql, name, tellsDeprecations);
          const text = `${showValue(name)} is ${tellsDeprecations ? 'told' : 'not told'} what it uses that is deprecated.`;
          return { exitCode: ExitCode.done, answer: { document: { ok: true, client: { name, tellsDeprecations } }, text } };
        }),
      ),
    );
}

function clientOption(): Option {
  return new Option('--client <name>', 'what the client calls itself').makeOptionMandatory();
}

function clientVersionOption(): Option {
  return new Option('--client-version <version>', 'what it says its version is').default('', 'none');
}
