import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import { readUntoldClients } from './api-clients.ts';
import { createDocumentFinder } from './persisted-documents.ts';
import { inTurn } from './in-turn.ts';
import { pruneUsage } from './prune-usage.ts';
import { stopCollector } from './store-batch.ts';
import type { UsageCollector } from './store-batch.ts';
import { createUsageBuffer, usageLimits } from './usage-buffer.ts';
import type { OperationUse, UsageLimits } from './usage-buffer.ts';
import { createUsageWriter } from './usage-writer.ts';

export type { OperationUse };

/** What a server records of the operations it executes, and what it looks up for them. */
export interface UsageRecorder {
  /** Counts an operation. Takes microseconds, never throws, never waits. */
  record(use: OperationUse): void;
  /** Resolves once all that was recorded before the call is stored; rejects with what kept it, and keeps it for the next flush. */
  flush(): Promise<void>;
  /** Stores what there is within a bounded time, and says so where it could not. What comes later is not recorded. */
  close(): Promise<void>;
  /** Whether a client is to be told what it used that is deprecated, as of the latest flush. */
  tellsDeprecations(client: string): boolean;
  /** The text of a registered document; undefined where there is none. */
  findDocument(documentId: string): Promise<string | undefined>;
  /** What it has done since it was created. */
  statistics(): UsageStatistics;
}

export interface UsageStatistics {
  readonly operations: number;
  /** Operations that were not kept with all that they used: there was no room. */
  readonly lost: number;
  /** Rows in memory that are not stored yet. */
  readonly held: number;
  /** Since the latest flush that succeeded, or since the start. */
  readonly flushAgeMs: number;
}

export interface UsageRecorderOptions {
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
  /** What time it is, in milliseconds since 1970. */
  readonly now?: () => number;
}

const LONGEST_RETRY_MS = 30_000;
const PRUNE_EVERY_MS = 3_600_000;
const RETRY_AT_CLOSE_MS = 100;

/**
 * Records for one process, on the owner's database: counts in memory, and stores the counts every five seconds. A process that
 * dies loses what it recorded since its last flush. While the database is away, counts stay in memory as long as there is room.
 */
export function createUsageRecorder(db: Sql, options: UsageRecorderOptions): UsageRecorder {
  const { onError, flushEveryMs = 5_000, keepDays = 400, closeWithinMs = 5_000, now = Date.now } = options;
  const buffer = createUsageBuffer(options.isDeprecated, { ...usageLimits, ...options.limits }, now);
  const collector: UsageCollector = { processId: randomUUID(), startedAt: performance.now(), flushEveryMs, storedShapes: new Set() };
  const write = createUsageWriter(db, collector, buffer);
  const findDocument = createDocumentFinder(db);
  const report = reportOnce(onError);
  let untold: ReadonlySet<string> = new Set();
  let flushedAt = performance.now();
  let pruneAt = -Infinity;
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
  void keepFlushing();

  return {
    record(use) {
      if (closed) return;
      try {
        buffer.record(use);
      } catch (error) {
        report.failed(error);
      }
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
