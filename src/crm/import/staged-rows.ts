import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { from as copyFrom } from 'pg-copy-streams';
import { quoteIdentifier } from '../../database/identifier.ts';
import type { ImportSession } from './import-session.ts';
import type { LegacyColumn } from './legacy-columns.ts';

/**
 * Creates the table `staged` for the rows of one file, as text, beside the line they are on. It goes with the transaction.
 * Text, because a type's own check would stop at the first bad cell and not say which line it is on.
 */
export async function createStaging({ sql: db }: ImportSession, columns: readonly LegacyColumn[]): Promise<void> {
  const definitions = columns.map((column) => sql`, ${sql.id(column.name)} text`);
  await sql`CREATE TEMPORARY TABLE staged (file_line bigint NOT NULL ${sql.join(definitions, sql``)}) ON COMMIT DROP`.execute(db);
}

/** Streams rows in COPY's text format into `staged`; the next piece is asked for when the server has taken the one before. */
export async function fillStaging(
  { client, sql: db }: ImportSession,
  columns: readonly LegacyColumn[],
  rows: AsyncIterable<string>,
): Promise<number> {
  const names = ['file_line', ...columns.map((column) => column.name)].map(quoteIdentifier).join(', ');
  const copy = client.query(copyFrom(`COPY pg_temp.staged (${names}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8')`));
  await pipeline(Readable.from(rows), copy);
  await sql`ANALYZE pg_temp.staged`.execute(db);
  return copy.rowCount;
}
