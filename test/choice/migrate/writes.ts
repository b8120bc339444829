import type pg from 'pg';

/**
 * What tells whether anything was written: the tables' rows with the transactions that made them, and all DDL.
 * Statistics would do, but the server delivers them late.
 */
export async function readWrites(client: pg.Client): Promise<Record<string, string>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`,
  );
  const writes: Record<string, string> = {};
  for (const { name } of [
    ...tables,
    ...['pg_class', 'pg_attribute', 'pg_proc', 'pg_trigger', 'pg_constraint', 'pg_index'].map((catalog) => ({ name: catalog })),
  ]) {
    const { rows } = await client.query<{ hash: string }>(
      `SELECT md5(coalesce(string_agg(format('%s %s %s', xmin, ctid, md5(record::text)), ',' ORDER BY ctid), '')) AS hash FROM ${name} AS record ${name === 'pg_class' || name === 'pg_index' ? `WHERE ${name === 'pg_class' ? 'oid' : 'indexrelid'} >= 16384` : ''}`,
    );
    writes[name] = rows[0]!.hash;
  }
  return writes;
}
