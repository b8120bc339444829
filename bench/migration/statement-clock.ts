import { Kysely, PostgresDialect } from 'kysely';
import type { OwnerDatabase, Sql } from '../../src/database/owner-database.ts';

/** A statement, or several in one message, whether or not it failed; in milliseconds of one clock, as seen by whoever sent it. */
export interface TimedStatement {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A handle of the same database that takes the time of what is sent through it. */
export interface StatementClock {
  readonly sql: Sql;
  /** What was sent since it was asked last, in the order in which it ended. */
  take(): readonly TimedStatement[];
}

export function openStatementClock({ pool }: OwnerDatabase): StatementClock {
  let sent: TimedStatement[] = [];
  const sql = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query, queryDurationMillis }) => {
      const end = performance.now();
      sent.push({ text: query.sql, start: end - queryDurationMillis, end });
    },
  });
  return {
    sql,
    take: () => {
      const taken = sent;
      sent = [];
      return taken;
    },
  };
}
