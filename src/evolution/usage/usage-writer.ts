import type { Sql } from '../../database/owner-database.ts';
import { storeBatch } from './store-batch.ts';
import type { UsageBatch, UsageCollector } from './store-batch.ts';
import type { UsageBuffer } from './usage-buffer.ts';

/** Rows in one transaction. */
const ROWS_PER_BATCH = 10_000;

/**
 * Stores what a buffer holds, once each time it is called, and not twice at a time. A batch that could not be stored goes first
 * the next time, as it was: it may be stored already.
 */
export function createUsageWriter(db: Sql, collector: UsageCollector, buffer: UsageBuffer): () => Promise<void> {
  let batches: UsageBatch[] = [];
  let sequence = 0;

  const drain = async () => {
    for (let batch = batches[0]; batch !== undefined; batch = batches[0]) {
      await storeBatch(db, collector, batch);
      batches = batches.slice(1);
      buffer.release(batch.rows.length);
    }
  };

  return async () => {
    await drain();
    batches = takeBatches(buffer, sequence, collector.clock.now());
    sequence += batches.length;
    await drain();
  };
}

/** Takes what was recorded, in at least one batch: with the last of them all of it is stored. */
function takeBatches(buffer: UsageBuffer, sequence: number, completeAt: number): UsageBatch[] {
  const { rows, figures } = buffer.take();
  return Array.from({ length: Math.max(1, Math.ceil(rows.length / ROWS_PER_BATCH)) }, (_, index) => {
    const end = (index + 1) * ROWS_PER_BATCH;
    const isLast = end >= rows.length;
    return {
      sequence: sequence + index + 1,
      rows: rows.slice(index * ROWS_PER_BATCH, end),
      figures: isLast ? figures : [],
      completeAt: isLast ? completeAt : undefined,
    };
  });
}
