import type { RawBuilder } from 'kysely';
import type { Sql } from './owner-database.ts';

/** Runs a statement that only reads, as somebody: the owner, or one request's tenant. */
export type Read = <Row>(statement: RawBuilder<Row>) => Promise<Row[]>;

/** Reads through a database or transaction handle. */
export function readThrough(db: Sql): Read {
  return async (statement) => (await statement.execute(db)).rows;
}
