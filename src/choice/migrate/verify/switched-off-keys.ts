import { sql } from 'kysely';
import { qualify } from '../../../database/identifier.ts';
import type { Finding } from './finding.ts';
import type { Verification } from './verification.ts';

/** Foreign keys that are there and do nothing: a superuser's DISABLE TRIGGER ALL switches off what enforces them. */
export async function findSwitchedOffKeys({ db, field, speaksFor }: Verification): Promise<Finding[]> {
  const tables = [...(speaksFor.table ? [field.table] : []), ...(speaksFor.type ? [field.type.table, field.type.aliasTable] : [])];
  const { rows } = await sql<{ table: string; names: string[] }>`
    SELECT name AS table, array_agg(DISTINCT conname::text ORDER BY conname::text) AS names
    FROM unnest(${tables}::text[]) AS name
    JOIN pg_trigger ON tgrelid = to_regclass('public.' || quote_ident(name)) AND tgisinternal AND tgenabled NOT IN ('O', 'A')
    JOIN pg_constraint ON pg_constraint.oid = tgconstraint
    GROUP BY name`.execute(db);
  return rows.map(({ table, names }) => ({
    code: 'CONSTRAINT',
    field: field.coordinate,
    message: `foreign keys are switched off on the table "${table}": ${names.join(', ')}`,
    count: names.length,
    sampleIds: [],
    remedy: `ALTER TABLE ${qualify(table)} ENABLE TRIGGER ALL`,
  }));
}
