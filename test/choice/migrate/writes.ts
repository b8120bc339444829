import type pg from 'pg';

interface Relation {
  readonly name: string;
  readonly content?: string;
  readonly condition?: string;
}

/** Without what VACUUM and ANALYZE write in place, at a time of their own. */
const CATALOGS: readonly Relation[] = [
  {
    name: 'pg_class',
    content: `to_jsonb(record) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid}'::text[]`,
    condition: 'oid >= 16384',
  },
  { name: 'pg_index', condition: 'indexrelid >= 16384' },
  ...['pg_attribute', 'pg_proc', 'pg_trigger', 'pg_constraint'].map((name) => ({ name })),
];

/**
 * What tells whether anything was written: the tables' rows with the transactions that made them, and all DDL.
 * Statistics would do, but the server delivers them late.
 */
export async function readWrites(client: pg.Client): Promise<Record<string, string>> {
  const { rows: tables } = await client.query<Relation>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`,
  );
  const writes: Record<string, string> = {};
  for (const { name, content = 'record', condition = 'true' } of [...tables, ...CATALOGS]) {
    const { rows } = await client.query<{ hash: string }>(
      `SELECT md5(coalesce(string_agg(format('%s %s %s', xmin, ctid, md5((${content})::text)), ',' ORDER BY ctid), '')) AS hash
       FROM ${name} AS record WHERE ${condition}`,
    );
    writes[name] = rows[0]!.hash;
  }
  return writes;
}
