import { Counter, Gauge, Registry } from 'prom-client';
import type { UsageRecorder } from './usage-recorder.ts';

/** What a recorder has done, as Prometheus text whenever it is asked for. */
export function createUsageMetrics(recorder: Pick<UsageRecorder, 'statistics'>): () => Promise<string> {
  const registry = new Registry();
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const operations = counter('usage_operations_total', 'Operations that were recorded.');
  const lost = counter(
    'usage_operations_lost_total',
    'Operations that were not kept with all that they used: for lack of room, or by a failure.',
  );
  const held = gauge('usage_rows_waiting', 'Counts in memory that are not stored yet.');
  const age = gauge('usage_flush_age_seconds', 'How long ago all that was recorded was stored.');
  return () => {
    const statistics = recorder.statistics();
    operations.reset();
    operations.inc(statistics.operations);
    lost.reset();
    lost.inc(statistics.lost);
    held.set(statistics.held);
    age.set(statistics.flushAgeMs / 1_000);
    return registry.metrics();
  };
}
