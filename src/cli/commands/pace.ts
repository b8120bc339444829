import { type Command, Option } from 'commander';
import { PACE_LIMITS, type Pace, setPace } from '../../choice/migrate/pace.ts';
import type { RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { batchSizeOption, dryRunOption, jsonOption, rateOption, readRate } from '../options.ts';
import { parseWholeNumber } from '../parse-whole-number.ts';
import { dryRunNote } from '../text/dry-run-note.ts';
import { joinParts } from '../text/join-parts.ts';
import { describePace } from '../text/pace-text.ts';
import { withDatabase } from '../with-database.ts';

interface PaceOptions {
  readonly batchSize?: number;
  readonly rate?: number | 'none';
  readonly maxLockWait?: number;
  readonly maxReplicationLag?: number;
  readonly maxWrite?: number;
  readonly dryRun?: boolean;
}

/** `choices pace`: how fast backfills go, and what makes them hold. */
export function addPaceCommand(program: Command, run: RunCommand): void {
  program
    .command('pace')
    .description('Show how fast backfills go and what makes them hold, or change it. Those that run follow from their next batch on.')
    .addOption(batchSizeOption())
    .addOption(rateOption())
    .addOption(boundOption('--max-lock-wait <ms>', 'hold while a session waits longer for a lock', PACE_LIMITS.maxLockWaitMs))
    .addOption(boundOption('--max-replication-lag <bytes>', 'hold while a standby is further behind', PACE_LIMITS.maxReplicationLagBytes))
    .addOption(boundOption('--max-write <ms>', "hold while the API's writes, or a commit, take longer", PACE_LIMITS.maxWriteMs))
    .addOption(dryRunOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices pace --batch-size 500 --rate 2000')
    .action((options: PaceOptions) =>
      run((context) =>
        withDatabase(context, async ({ sql }) => {
          const dryRun = options.dryRun === true;
          const pace = await setPace(sql, readChanges(options), { dryRun });
          return {
            exitCode: ExitCode.done,
            answer: { document: { ok: true, pace }, text: joinParts([describePace(pace), dryRunNote(dryRun)]) },
          };
        }),
      ),
    );
}

function boundOption(flags: string, description: string, most: number): Option {
  return new Option(flags, description).argParser((text) => parseWholeNumber(text, 1, Math.min(most, 999_999_999_999_999)));
}

function readChanges({ batchSize, rate, maxLockWait, maxReplicationLag, maxWrite }: PaceOptions): Partial<Pace> {
  const changes = {
    batchSize,
    rowsPerSecond: readRate(rate),
    maxLockWaitMs: maxLockWait,
    maxReplicationLagBytes: maxReplicationLag,
    maxWriteMs: maxWrite,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
