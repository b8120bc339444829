import type pg from 'pg';
import { Gauge, Registry } from 'prom-client';

/** The use of connection pools, by name, as Prometheus text whenever it is asked for. */
export function createPoolMetrics(pools: Readonly<Record<string, pg.Pool>>): () => Promise<string> {
  const registry = new Registry();
  const connections = new Gauge({
    name: 'database_pool_connections',
    help: 'Connections of a pool: active in somebody’s use, idle waiting for it.',
    labelNames: ['pool', 'state'],
    registers: [registry],
  });
  const limit = new Gauge({
    name: 'database_pool_connections_max',
    help: 'How many connections a pool may open.',
    labelNames: ['pool'],
    registers: [registry],
  });
  const waiting = new Gauge({
    name: 'database_pool_waiting',
    help: 'Requests that wait for a connection of a pool.',
    labelNames: ['pool'],
    registers: [registry],
  });
  return () => {
    for (const [name, pool] of Object.entries(pools)) {
      connections.set({ pool: name, state: 'active' }, pool.totalCount - pool.idleCount);
      connections.set({ pool: name, state: 'idle' }, pool.idleCount);
      limit.set({ pool: name }, pool.options.max);
      waiting.set({ pool: name }, pool.waitingCount);
    }
    return registry.metrics();
  };
}
