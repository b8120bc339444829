import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

/** A database or transaction handle; statements are written with Kysely's sql`…` and bind their values. */
export type Sql = Kysely<unknown>;

/** The database as its owner sees it: for migrations, DDL and commands. Row-level security does not apply to it. */
export interface OwnerDatabase {
  /** For what needs a connection of its own: COPY, LISTEN. */
  readonly pool: pg.Pool;
  readonly sql: Sql;
  close(): Promise<void>;
}

/** Opens a small pool, of `connections` at most. A connection that the server drops while idle is replaced, not fatal. */
export function openOwnerDatabase(url: string, { connections = 4 } = {}): OwnerDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    application_name: 'dynamic-choices',
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', ignoreDroppedConnection);
  pool.on('connect', (client) => client.on('error', ignoreDroppedConnection));
  const sql = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  return { pool, sql, close: () => sql.destroy() };
}

/** The statement in flight rejects with the same error; an idle connection has nobody to tell. */
function ignoreDroppedConnection(): void {}
