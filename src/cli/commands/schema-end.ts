import { type Command, Option } from 'commander';
import { defaultPolicy } from '../../evolution/check/policy/policy.ts';
import { endVersion } from '../../evolution/removal/end-version.ts';
import type { Ending } from '../../evolution/removal/end-version.ts';
import type { RunCommand } from '../command-context.ts';
import { listPromisedVersions } from '../list-promised-versions.ts';
import { dryRunOption, jsonOption, reasonOption } from '../options.ts';
import { exitCodeOf } from '../outcome.ts';
import { describeBlockers } from '../text/blockers-text.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';

interface EndFlags {
  readonly on: string;
  readonly directory: string;
  readonly force?: boolean;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** `choices schema end`: announces when a published version is served no more. */
export function addEnd(schema: Command, run: RunCommand): void {
  schema
    .command('end')
    .description(
      `Announce the day from which a published version is served no more, at least ${defaultPolicy.noticeMonths} months away. Clients ` +
        'read it in the header Sunset. Sooner than that, or than was announced before, exits with 3.',
    )
    .argument('<version>', 'its name, YYYY-MM; not the current one')
    .addOption(new Option('--on <day>', 'the day, YYYY-MM-DD in UTC').makeOptionMandatory())
    .addOption(new Option('--directory <path>', 'where the files of the versions of this API are').default('schema'))
    .addOption(new Option('--force', 'give clients less notice; needs --reason'))
    .addOption(reasonOption())
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices schema end 2026-01 --on 2028-01-31 --dry-run')
    .action((version: string, { on, directory, force, reason, dryRun }: EndFlags) =>
      run(async (context) => {
        const versions = await listPromisedVersions(context);
        const { noticeMonths } = defaultPolicy;
        const ending = await endVersion({ version, on, versions, directory, now: new Date(), noticeMonths, force, reason, dryRun });
        return { exitCode: exitCodeOf(ending), answer: { document: ending, text: describeEnding(ending, dryRun === true) } };
      }),
    );
}

function describeEnding({ ok, version, ends, file, changed, blockers, overridden }: Ending, dryRun: boolean): string {
  const done = dryRun ? 'could end' : 'ends';
  const said = changed ? `${version} ${done} on ${ends}: ${file}.` : `${version} ends on ${ends}, as was announced before: ${file}.`;
  return joinParts([
    describeBlockers(blockers),
    overridden.map(({ message }) => `Passed over: ${message}`).join('\n'),
    ok ? said : '',
    dryRunNote(dryRun),
  ]);
}
