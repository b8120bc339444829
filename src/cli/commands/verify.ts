import { type Command, Option } from 'commander';
import { recordVerification } from '../../choice/migrate/verify/record-verification.ts';
import { watchRecords, type WatchRound } from '../../choice/migrate/verify/watch.ts';
import { verifyRecords, type VerifyResult } from '../../choice/migrate/verify.ts';
import type { CommandContext, RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { fieldOption, jsonOption, tenantsOption } from '../options.ts';
import type { Outcome } from '../outcome.ts';
import { parseTimeSpan } from '../parse-time-span.ts';
import { readFields, readScope } from '../scope.ts';
import { describeFinding, nameFinding } from '../text/findings-text.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { describeReport } from '../text/report-text.ts';
import { withDatabase } from '../with-database.ts';

interface VerifyOptions {
  readonly field?: string[];
  readonly tenant?: string[];
  /** Seconds. */
  readonly watch?: number;
  readonly record?: boolean;
}

/** `choices verify`: reads every row and every constraint; writes nothing but, where asked to, what it found. */
export function addVerifyCommand(program: Command, run: RunCommand): void {
  program
    .command('verify')
    .description('Check every row, alias, trigger, constraint and index of the choice fields. Changes nothing; exits 1 with findings.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(
      new Option('--watch [span]', 'verify again and again, this long after the last time (default: 60s), and record each; until Ctrl-C')
        .argParser(parseTimeSpan)
        .preset('60s'),
    )
    .addOption(new Option('--record', 'keep the figures for /metrics'))
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices verify --tenant acme --json\n  $ choices verify --watch 15m')
    .action((options: VerifyOptions) =>
      run((context) => {
        const fields = readFields(context.registry, options.field);
        return withDatabase(context, async ({ sql }) => {
          const scope = await readScope(sql, context.registry, fields, options.tenant);
          if (options.watch !== undefined)
            return conclude(await watchRecords(sql, scope, { every: options.watch * 1_000, ...showRounds(context) }), context.json);
          const result = await verifyRecords(sql, scope);
          if (options.record === true) await recordVerification(sql, result);
          return conclude(result, true);
        });
      }),
    );
}

/** A watch without `--json` has told all there is to tell. */
function conclude(result: VerifyResult, withAnswer: boolean): Outcome {
  const exitCode = result.ok ? ExitCode.done : ExitCode.failed;
  return withAnswer ? { exitCode, answer: { document: result, text: describeVerification(result) } } : { exitCode };
}

function describeVerification(result: VerifyResult): string {
  const verdict = result.findings.length === 0 ? (result.ok ? 'No findings.' : '') : `${plural(result.findings.length, 'finding')}.`;
  return joinParts([describeReport(result), ...result.findings.map(describeFinding), verdict]);
}

/** A line per round, and what changed: on stdout, or on stderr where stdout is for a program. */
function showRounds({ json, say, answer, signal }: CommandContext) {
  const print = json ? say : (text: string) => answer({ document: undefined, text });
  return {
    signal,
    onRound: (round: WatchRound) => print(describeRound(round)),
    onFailure: (error: unknown) => say(`could not verify: ${error instanceof Error ? error.message : String(error)}`),
  };
}

function describeRound({ result, appeared, vanished }: WatchRound): string {
  const rows = result.fields.reduce((sum, field) => sum + field.rows, 0);
  const verdict = result.findings.length === 0 ? 'no findings' : plural(result.findings.length, 'finding');
  return [
    `${new Date().toISOString()} ${plural(rows, 'row')} verified: ${verdict}`,
    ...vanished.map((finding) => `${nameFinding(finding)}: gone`),
    ...appeared.map(describeFinding),
  ].join('\n');
}
