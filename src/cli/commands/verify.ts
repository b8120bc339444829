import type { Command } from 'commander';
import { verifyRecords } from '../../choice/migrate/verify.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { readFields, readScope } from '../scope.ts';
import { escapeHidden } from '../text/escape-hidden.ts';
import { joinParts } from '../text/join-parts.ts';
import { plural } from '../text/plural.ts';
import { describeReport } from '../text/report-text.ts';
import { withDatabase } from '../with-database.ts';

interface VerifyOptions {
  readonly field?: string[];
  readonly tenant?: string[];
}

/** `choices verify`: reads every row and every constraint, and writes nothing. */
export function addVerifyCommand(program: Command, run: RunCommand): void {
  program
    .command('verify')
    .description('Check every row, alias, trigger, constraint and index of the choice fields. Writes nothing; exits 1 with findings.')
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices verify --tenant acme --json')
    .action((options: VerifyOptions) =>
      run((context) => {
        const fields = readFields(context.registry, options.field);
        return withDatabase(context, async ({ sql }) => {
          const result = await verifyRecords(sql, await readScope(sql, context.registry, fields, options.tenant));
          return {
            exitCode: result.ok ? ExitCode.done : ExitCode.failed,
            answer: { document: result, text: describeVerification(result) },
          };
        });
      }),
    );
}

type VerifyResult = Awaited<ReturnType<typeof verifyRecords>>;
type Finding = VerifyResult['findings'][number];

function describeVerification(result: VerifyResult): string {
  const verdict = result.findings.length === 0 ? (result.ok ? 'No findings.' : '') : `${plural(result.findings.length, 'finding')}.`;
  return joinParts([describeReport(result), ...result.findings.map(describeFinding), verdict]);
}

function describeFinding(finding: Finding): string {
  const where = [finding.field, ...(finding.tenant === undefined ? [] : [finding.tenant])].join(' of ');
  return [
    `${finding.code} ${where}: ${finding.count}`,
    `  ${escapeHidden(finding.message)}`,
    ...(finding.sampleIds.length > 0 ? [`  for example: ${finding.sampleIds.join(', ')}`] : []),
    `  remedy: ${escapeHidden(finding.remedy)}`,
  ].join('\n');
}
