import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Sql } from '../../src/database/owner-database.ts';

/** A statement as it was sent. */
export interface LoggedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** One node of a plan (PostgreSQL manual, EXPLAIN, format JSON). */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Plan Rows': number;
  /** Per loop, as are the rows below; with `analyze` only. */
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Heap Fetches'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A database handle that keeps what is sent through it, and can say how the server carries it out. */
export interface StatementLog {
  readonly sql: Sql;
  /** Runs `work` and answers what it sent: each text once, with the values that it had first. */
  capture(work: () => Promise<unknown>): Promise<LoggedStatement[]>;
  /** The plan, without running the statement unless `analyze` is set. */
  explain(statement: LoggedStatement, options?: { analyze: boolean }): Promise<PlanNode>;
  close(): Promise<void>;
}

/** `settings`: of each of its sessions, the role among them. */
export function openStatementLog(url: string, settings: Readonly<Record<string, string>> = {}): StatementLog {
  const options = Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
  const pool = new pg.Pool({ connectionString: url, max: 4, options, application_name: 'dynamic-choices test' });
  pool.on('error', () => undefined);
  let sent: LoggedStatement[] = [];
  const sql = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void sent.push({ text: query.sql, values: query.parameters }),
  });
  return {
    sql,
    async capture(work) {
      sent = [];
      await work();
      return [...new Map(sent.toReversed().map((statement) => [statement.text, statement])).values()].reverse();
    },
    async explain({ text, values }, { analyze } = { analyze: false }) {
      const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (FORMAT JSON${analyze ? ', ANALYZE, BUFFERS' : ''}) ${text}`,
        [...values],
      );
      return rows[0]!['QUERY PLAN'][0].Plan;
    },
    close: () => sql.destroy(),
  };
}

/** A node and all below it. */
export function listNodes(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(listNodes)];
}
