import type { BenchServer } from '../harness/bench-server.ts';
import type { CheckedRequest } from './compare-answers.ts';
import type { Contender } from './contenders.ts';
import { post } from './post.ts';

/** What a request sends to the database, as the database counts it. */
export interface StatementCount {
  /** Those that read or write rows. */
  readonly statements: number;
  /** Those that begin, set and end a transaction, and that tell the state of what is known from before. */
  readonly settings: number;
}

const REQUESTS = 100;

/** For the settings of a server whose statements are to be counted. */
export const STATEMENT_COUNTING = { shared_preload_libraries: 'pg_stat_statements' };

/** Nothing is counted but what is asked for: counting costs something. */
export async function prepareCounting(bench: BenchServer): Promise<void> {
  await bench.run('postgres', 'CREATE EXTENSION pg_stat_statements');
  await switchCounting(bench, 'none');
}

/** By pg_stat_statements, of requests one after the other; what a server does beside, such as a heartbeat, is lost in rounding. */
export async function countStatements(
  bench: BenchServer,
  database: string,
  { token }: Pick<Contender, 'token'>,
  { url, body }: Pick<CheckedRequest, 'url' | 'body'>,
): Promise<StatementCount> {
  const send = (n: number) => post({ url, token, body: body(n, 0) });
  await switchCounting(bench, 'top');
  // Whoever sends statements takes note of that when it takes up the next one.
  await send(0);
  await bench.run('postgres', 'SELECT pg_stat_statements_reset()');
  for (let n = 1; n <= REQUESTS; n++) await send(n);
  const [counts] = await bench.run<{ statements: number; settings: number }>(
    'postgres',
    `SELECT coalesce(sum(calls) FILTER (WHERE NOT is_setting), 0)::float AS statements, coalesce(sum(calls) FILTER (WHERE is_setting), 0)::float AS settings
     FROM (
       SELECT calls, query ~* '^\\s*(begin|start transaction|commit|rollback|set|discard|deallocate|select set_config|select public.choice_stamp)' AS is_setting
       FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid WHERE datname = '${database}'
     ) AS counted`,
  );
  await switchCounting(bench, 'none');
  return { statements: Math.round(counts!.statements / REQUESTS), settings: Math.round(counts!.settings / REQUESTS) };
}

async function switchCounting(bench: BenchServer, what: 'none' | 'top'): Promise<void> {
  await bench.run('postgres', `ALTER SYSTEM SET pg_stat_statements.track = '${what}'`);
  await bench.run('postgres', 'SELECT pg_reload_conf()');
}
