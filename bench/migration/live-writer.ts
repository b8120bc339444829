import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { quantile } from '../harness/statistics.ts';

/** How long a writer's statements took, in milliseconds. */
export interface Latencies {
  readonly writes: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const EVERY_MS = 4;
const KEYS = ['tech', 'finance', 'healthcare', 'education', 'retail'];

/** The columns by which a writer chooses, and what it sets them to for a key ($1) of a tenant ($2). */
const CHOOSES = { industry: '$1', industry_id: '(SELECT id FROM industry WHERE tenant_id = $2 AND key = $1)' };
export type ChoiceColumn = keyof typeof CHOOSES;

/**
 * Writes to leads picked at random, one after the other, for as long as `work` runs: each other time to the column of their
 * choice.
 */
export async function writeDuring<Result>(
  url: string,
  work: () => Promise<Result>,
  choice: ChoiceColumn = 'industry',
): Promise<{ result: Result; latencies: Latencies }> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench writer' });
  await client.connect();
  const { rows: leads } = await client.query<{ tenant_id: string; id: string }>(
    'SELECT tenant_id, id FROM lead TABLESAMPLE SYSTEM (20) LIMIT 20000',
  );
  const took: number[] = [];
  let running = true;
  const writing = (async () => {
    for (let n = 0; running; n++) {
      const { tenant_id, id } = leads[Math.floor(Math.random() * leads.length)]!;
      const [column, set, value] = n % 2 === 0 ? [choice, CHOOSES[choice], KEYS[n % KEYS.length]!] : ['company', '$1', `Company ${n}`];
      const start = performance.now();
      await client.query({
        name: column,
        text: `UPDATE lead SET ${column} = ${set} WHERE tenant_id = $2 AND id = $3`,
        values: [value, tenant_id, id],
      });
      const milliseconds = performance.now() - start;
      took.push(milliseconds);
      await delay(Math.max(0, EVERY_MS - milliseconds));
    }
  })();
  // A write that fails is told once the work has ended.
  writing.catch(() => undefined);
  try {
    const result = await work();
    running = false;
    await writing;
    return { result, latencies: { writes: took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99), longest: Math.max(...took) } };
  } finally {
    running = false;
    await writing.catch(() => undefined);
    await client.end();
  }
}
