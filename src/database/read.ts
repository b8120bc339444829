import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Sql } from './owner-database.ts';

/** A statement that only reads, such as Kysely's sql`…`. */
export interface ReadStatement<Row> {
  compile(db: Kysely<unknown>): Pick<CompiledQuery<Row>, 'sql' | 'parameters'>;
  execute(db: Kysely<unknown>): Promise<QueryResult<Row>>;
}

/** Runs a statement that only reads, as somebody: the owner, or one request's tenant. */
export type Read = <Row>(statement: ReadStatement<Row>) => Promise<Row[]>;

/** Reads through a database or transaction handle. */
export function readThrough(db: Sql): Read {
  return async (statement) => (await statement.execute(db)).rows;
}
