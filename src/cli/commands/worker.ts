import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { keepWorking } from '../../choice/migrate/keep-working.ts';
import type { Scope } from '../../choice/migrate/run.ts';
import { watchProgress } from '../../choice/migrate/watch-progress.ts';
import type { WorkerState } from '../../choice/migrate/worker.ts';
import { joinProcesses } from '../../choice/processes.ts';
import { isServerRestarting } from '../../database/connection-failure.ts';
import type { DatabaseLocation } from '../../database/database-location.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { CommandContext, RunCommand } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { fieldOption, jsonOption, tenantsOption } from '../options.ts';
import { readFields, readScope } from '../scope.ts';
import { plural } from '../text/plural.ts';
import { withDatabase } from '../with-database.ts';

const STARTED_WITHIN_MS = 10_000;
const RETRY_EVERY_MS = 500;

interface WorkerCommandOptions {
  readonly field?: string[];
  readonly tenant?: string[];
  readonly untilIdle?: boolean;
}

/** `choices worker`: works on the backfills that were asked for, until it is told to stop. */
export function addWorkerCommand(program: Command, run: RunCommand): void {
  program
    .command('worker')
    .description(
      'Work on the backfills that somebody asked for, on this machine too, until SIGINT or SIGTERM. Any number of workers share the work, on any hosts.',
    )
    .addOption(fieldOption())
    .addOption(tenantsOption())
    .addOption(new Option('--until-idle', 'end when nothing is left to do, or only what is paused'))
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ choices worker --until-idle')
    .action((options: WorkerCommandOptions) =>
      run(async (context) => {
        const fields = readFields(context.registry, options.field);
        let updated = 0;
        const count = (state: WorkerState) => {
          if (state.kind === 'working') updated += state.updated;
        };
        await stopQuietly(context, () =>
          untilStarted(context, () =>
            withDatabase(context, async ({ sql }, location) =>
              work(
                context,
                sql,
                location,
                await readScope(sql, context.registry, fields, options.tenant),
                options.untilIdle === true,
                count,
              ),
            ),
          ),
        );
        return { exitCode: ExitCode.done, answer: { document: { ok: true, updated }, text: `Updated ${plural(updated, 'row')}.` } };
      }),
    );
}

async function work(
  { signal, onProgress, say }: CommandContext,
  sql: Sql,
  location: DatabaseLocation,
  scope: Scope,
  untilIdle: boolean,
  count: (state: WorkerState) => void,
): Promise<void> {
  const membership = await joinProcesses(location.listenUrl, {
    kind: 'worker',
    name: 'choices worker',
    onLost: (error) => say(`the heartbeat fails, and is tried again: ${messageOf(error)}`),
  });
  const watch = watchProgress(scope, (progress) => {
    if (!signal.aborted) onProgress(progress);
  });
  try {
    await keepWorking(sql, scope, {
      signal,
      onState: async (state, connection) => {
        count(state);
        membership.tell({ activity: describeState(state) });
        if (state.kind !== 'idle') await watch(state, connection);
      },
      endsAt: (state) => untilIdle && (state.kind === 'idle' || (state.kind === 'waiting' && state.paused)),
      onLost: (error) => say(describeLoss(error)),
    });
  } finally {
    await membership.leave();
  }
}

/** A database that is just being restarted does not keep a worker from starting; once it works, nothing of the kind ends it. */
async function untilStarted({ signal, say }: CommandContext, start: () => Promise<void>): Promise<void> {
  for (const givenUpAt = Date.now() + STARTED_WITHIN_MS; ;) {
    try {
      return await start();
    } catch (error) {
      if (signal.aborted || !isServerRestarting(error) || Date.now() > givenUpAt) throw error;
      say(describeLoss(error));
      await delay(RETRY_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** To be stopped is how a worker ends. */
async function stopQuietly({ signal }: CommandContext, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function describeLoss(error: unknown): string {
  return `the database is out of reach, and is tried again: ${messageOf(error)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeState(state: WorkerState): string {
  switch (state.kind) {
    case 'working':
      return `${state.field} of ${state.tenant}`;
    case 'holding':
      return `holding: ${state.reason}`;
    case 'waiting':
      return state.paused ? 'paused' : 'waiting';
    case 'idle':
      return 'idle';
  }
}
