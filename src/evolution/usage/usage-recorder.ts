import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { readUntoldClients } from './api-clients.ts';
import { createDocumentFinder } from './persisted-documents.ts';
import type { DocumentFinder } from './persisted-documents.ts';
import { inTurn } from './in-turn.ts';
import { pruneUsage } from './prune-usage.ts';
import { stopCollector } from './store-batch.ts';
import type { UsageCollector } from './store-batch.ts';
import { createUsageBuffer, usageLimits } from './usage-buffer.ts';
import type { OperationUse, UsageLimits } from './usage-buffer.ts';
import { createUsageClock } from './usage-clock.ts';
import { createUsageWriter } from './usage-writer.ts';

export type { OperationUse };

/** What a server records of the operations it executes, and what it looks up for them. */
export interface UsageRecorder {
  /** Counts an operation. Takes microseconds, never throws, never waits. */
  record(use: OperationUse): void;
  /** Counts an operation of which nobody can say what it used. Never throws, never waits. */
  recordLost(): void;
  /** Resolves once all that was recorded before the call is stored; rejects with what kept it, and keeps it for the next flush. */
  flush(): Promise<void>;
  /** Stores what there is within a bounded time, and says so where it could not. What comes later is not recorded. */
  close(): Promise<void>;
  /** Whether a client is to be told what it used that is deprecated, as of the latest flush. */
  tellsDeprecations(client: string): boolean;
  /** Finds the text of a registered document. */
  readonly findDocument: DocumentFinder;
  /** What it has done since it was created. */
  statistics(): UsageStatistics;
}

export interface UsageStatistics {
  readonly operations: number;
  /** Operations that were not kept with all that they used: there was no room, or nobody could say what it was. */
  readonly lost: number;
  /** Rows in memory that are not stored yet. */
  readonly held: number;
  /** Since the latest flush that succeeded. */
  readonly flushAgeMs: number;
}

export interface UsageRecorderOptions {
  /** As the process is known in `choice_process`, by which others see how long it lived; one of its own where it is in none. */
  readonly processId?: string;
  /** Whether a coordinate is deprecated in any version: such a one is never left out. */
  readonly isDeprecated: (coordinate: string) => boolean;
  /** Told why flushes fail: by the first one that does, and not again before one has succeeded; and of anything else once. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** How often it stores what it recorded, in milliseconds: what a process that dies loses. */
  readonly flushEveryMs?: number;
  /** How long counts are kept. */
  readonly keepDays?: number;
  /** How long the last flush may take, in milliseconds. */
  readonly closeWithinMs?: number;
  readonly limits?: Partial<UsageLimits>;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

const LONGEST_RETRY_MS = 30_000;
const PRUNE_EVERY_MS = 3_600_000;
const RETRY_AT_CLOSE_MS = 100;

/**
 * Records for one process, on the owner's database: counts in memory, and stores the counts every five seconds. Resolves once the
 * database knows that it records: whoever serves before is not known to be missed.
 *
 * What can be lost, and how it shows:
 * - A process that is killed loses what it recorded since the flush before the one under way: `flushEveryMs`, and as long as that
 *   flush takes. It shows as a gap from the latest moment of which all is stored.
 * - While flushes fail, counts stay in memory; past its room, what is not deprecated goes, and is counted as lost. A process that
 *   lives for a minute without storing shows as a gap, NOT_STORING, until it stores: then nothing was missing. One that ends
 *   before it did leaves the gap, up to its last sign of life, its heartbeat in `choice_process`. Where the whole database is gone,
 *   so is the heartbeat: then the gap is no longer than `flushEveryMs`, and what was lost besides could not be answered.
 * - Closing tries for `closeWithinMs`. Where that is not enough, it is as if the process had been killed.
 *
 * @throws what kept the database from knowing.
 */
export async function createUsageRecorder(db: Sql, options: UsageRecorderOptions): Promise<UsageRecorder> {
  const { processId = randomUUID(), onError, flushEveryMs = 5_000, keepDays = 400, closeWithinMs = 5_000 } = options;
  const clock = createUsageClock(options.now);
  const buffer = createUsageBuffer(options.isDeprecated, { ...usageLimits, ...options.limits }, clock);
  const collector: UsageCollector = { processId, clock, startedAt: clock.now(), flushEveryMs, storedShapes: new Set() };
  const write = createUsageWriter(db, collector, buffer);
  const findDocument = createDocumentFinder(db);
  const report = reportOnce(onError);
  let untold: ReadonlySet<string> = new Set();
  let flushedAt = performance.now();
  // Nobody waits for it at the start.
  let pruneAt = Infinity;
  let timer: NodeJS.Timeout | undefined;
  let wait = flushEveryMs;
  let closed = false;

  const flush = inTurn(async () => {
    try {
      await write();
      untold = await readUntoldClients(db);
    } catch (error) {
      report.failed(error);
      throw error;
    }
    flushedAt = performance.now();
    report.succeeded();
    if (flushedAt >= pruneAt && !closed) await prune();
  });
  const prune = async () => {
    const more = await pruneUsage(db, keepDays).catch(report.failed);
    if (!more) pruneAt = performance.now() + PRUNE_EVERY_MS;
  };
  const keepFlushing = async () => {
    wait = await flush().then(
      () => flushEveryMs,
      () => Math.max(flushEveryMs, Math.min(wait * 2, LONGEST_RETRY_MS)),
    );
    if (!closed) timer = setTimeout(() => void keepFlushing(), wait).unref();
  };
  await flush();
  pruneAt = -Infinity;
  timer = setTimeout(() => void keepFlushing(), wait).unref();

  return {
    record(use) {
      if (closed) return;
      try {
        buffer.record(use);
      } catch (error) {
        report.failed(error);
      }
    },
    recordLost() {
      if (!closed) buffer.recordLost();
    },
    flush,
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const end = new AbortController();
      const stop = async () => {
        while (!(await flush().then(yes, no))) await delay(RETRY_AT_CLOSE_MS, undefined, { signal: end.signal });
        await stopCollector(db, collector);
      };
      const giveUp = async () => {
        await delay(closeWithinMs, undefined, { signal: end.signal });
        throw new OperationError(
          `What was recorded of the use of the schema could not be stored within ${closeWithinMs / 1_000} s: ${buffer.statistics().held} rows are lost`,
        );
      };
      await Promise.race([stop(), giveUp()]).catch((error: unknown) => onError?.(error));
      end.abort();
    },
    tellsDeprecations: (client) => !untold.has(client),
    findDocument,
    statistics: () => ({ ...buffer.statistics(), flushAgeMs: performance.now() - flushedAt }),
  };
}

const yes = () => true;
const no = () => false;

function reportOnce(onError: ((error: unknown) => void) | undefined): { failed(error: unknown): undefined; succeeded(): void } {
  let reported = false;
  return {
    failed(error) {
      if (!reported) onError?.(error);
      reported = true;
      return undefined;
    },
    succeeded: () => void (reported = false),
  };
}
