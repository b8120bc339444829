import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { Sql } from './owner-database.ts';

/** Statements on one connection of the driver's, for whoever needs both: COPY or LISTEN beside them. The connection stays its owner's. */
export function sqlOn(client: pg.ClientBase): Sql {
  const query: pg.PoolClient['query'] = client.query.bind(client);
  const pool = { connect: () => Promise.resolve({ query, release: () => undefined }), end: () => Promise.resolve(), options: {} };
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}
