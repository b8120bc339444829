import type pg from 'pg';
import type { OwnerDatabase, Sql } from '../../database/owner-database.ts';
import { sqlOn } from '../../database/sql-on-client.ts';

/** One connection of its own: for COPY, which needs the driver's client, and for statements in the same transaction. */
export interface ImportSession {
  readonly client: pg.PoolClient;
  readonly sql: Sql;
}

/** Lends a connection for as long as `use` runs. It is closed afterwards, so that temporary tables go with it. */
export async function withSession<T>(database: OwnerDatabase, use: (session: ImportSession) => Promise<T>): Promise<T> {
  const client = await database.pool.connect();
  try {
    return await use({ client, sql: sqlOn(client) });
  } finally {
    client.release(true);
  }
}

/** All of `work` or nothing of it. What made it fail is thrown also where the connection is gone and cannot be rolled back. */
export async function inTransaction<T>({ client }: ImportSession, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
