import type { Pace } from '../../choice/migrate/pace.ts';
import { formatTable } from './table.ts';

/** How fast backfills go and what makes them hold, one figure a line, with the option that sets it. */
export function describePace(pace: Pace): string {
  return formatTable(
    [{ header: 'figure' }, { header: 'value', align: 'right' }, { header: 'set by' }],
    [
      ['rows per batch, at most', String(pace.batchSize), '--batch-size'],
      ['rows per second, all together', pace.rowsPerSecond === null ? 'no limit' : String(pace.rowsPerSecond), '--rate'],
      ['hold past a lock wait of', `${pace.maxLockWaitMs} ms`, '--max-lock-wait'],
      ['hold past a replication lag of', `${pace.maxReplicationLagBytes} bytes`, '--max-replication-lag'],
      ['hold past writes of', `${pace.maxWriteMs} ms`, '--max-write'],
    ],
  ).join('\n');
}
