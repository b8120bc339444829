import { type Command, Option } from 'commander';
import { createRemovalDataKey } from '../../choice/migrate/removal-data-key.ts';
import { REMOVAL_WINDOW } from '../../evolution/removal/judge-removals.ts';
import { publishVersion } from '../../evolution/removal/publish-version.ts';
import type { Publication } from '../../evolution/removal/publish-version.ts';
import { createRemovalStore } from '../../evolution/removal/removal-store.ts';
import { listPromisedVersions } from '../list-promised-versions.ts';
import type { RunCommand } from '../command-context.ts';
import { dryRunOption, jsonOption, reasonOption } from '../options.ts';
import { exitCodeOf } from '../outcome.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { describeBlockers } from '../text/blockers-text.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { describeUsage } from '../text/usage-text.ts';
import { withDatabase } from '../with-database.ts';

interface PublishFlags {
  readonly directory: string;
  /** Seconds. */
  readonly window: number;
  readonly leavePinned?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** `choices schema publish`: freezes the SDL of a version, behind the gate of what it removes. */
export function addPublish(schema: Command, run: RunCommand): void {
  schema
    .command('publish')
    .description(
      'Freeze the SDL of a version of this API. What the version before it has and this one lacks must be safe to remove; if it is not, ' +
        'it says why and exits with 3.',
    )
    .argument('<version>', 'its name, YYYY-MM')
    .addOption(new Option('--directory <path>', 'where the files of the versions of this API are').default('schema'))
    .addOption(
      new Option('--window <span>', 'how long nobody may have used what goes: 12h, 30d')
        .argParser(parseTimeSpan)
        .default(REMOVAL_WINDOW / 1_000, '30d'),
    )
    .addOption(new Option('--leave-pinned', 'let uses pass that come by the path of a version, which keeps what goes'))
    .addOption(new Option('--force', 'go on without the evidence, or before the sunset; needs --reason'))
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices schema publish 2026-11 --dry-run')
    .action((version: string, { directory, window: seconds, leavePinned, force, reason, dryRun }: PublishFlags) =>
      run(async (context) => {
        const schema = await context.dependencies.loadSchema();
        const versions = await listPromisedVersions(context);
        return withDatabase(context, async ({ sql }) => {
          const window = seconds * 1_000;
          const publication = await publishVersion({
            schema,
            version,
            versions,
            directory,
            window,
            leavePinned,
            store: createRemovalStore(sql, schema),
            dataKey: createRemovalDataKey(sql, context.registry, { window }),
            force,
            reason,
            dryRun,
          });
          const answer = { document: publication, text: describePublication(publication, dryRun === true) };
          return { exitCode: exitCodeOf(publication), answer };
        });
      }),
    );
}

function describePublication({ ok, version, file, changed, removals, blockers, overridden }: Publication, dryRun: boolean): string {
  const overrides = overridden.map(({ message }) => `Passed over: ${message}`).join('\n');
  const done = dryRun ? 'could be published' : 'is published';
  return joinParts([
    removals.length === 0 ? '' : describeUsage(removals),
    describeBlockers(blockers),
    overrides,
    ok ? (changed ? `${version} ${done}: ${file}.` : `${version} was published before, as it is: ${file}.`) : '',
    dryRunNote(dryRun),
  ]);
}
