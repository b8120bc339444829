import { sql } from 'kysely';
import { qualify } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type DatabaseFunction, FUNCTION_SETTING } from '../derive/database-function.ts';
import type { DatabaseTrigger } from '../derive/database-trigger.ts';

/** What the catalog says of an object of a name: how it is defined, and whether it holds. */
export interface CatalogEntry {
  readonly definition: string;
  readonly valid: boolean;
}

/** A column as the catalog has it: `character varying(20)`, required, `'new'::character varying`. */
export interface CatalogColumn {
  readonly type: string;
  readonly required: boolean;
  readonly default: string | null;
}

/** Whether a table has a column. */
export async function columnExists(db: Sql, table: string, column: string): Promise<boolean> {
  return (await readColumn(db, table, column)) !== undefined;
}

export async function readColumn(db: Sql, table: string, column: string): Promise<CatalogColumn | undefined> {
  const { rows } = await sql<CatalogColumn>`
    SELECT format_type(atttypid, atttypmod) AS type, attnotnull AS required, pg_get_expr(adbin, adrelid) AS default
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = to_regclass(${qualify(table)}) AND attname = ${column} AND NOT attisdropped`.execute(db);
  return rows[0];
}

/** Whether a function of the name is there, whatever it does. */
export async function functionExists(db: Sql, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ${name}`.execute(db);
  return rows.length > 0;
}

/** Whether a function is as it is derived. SECURITY DEFINER gives it its owner's sight: that has to be the table's owner. */
export async function functionIsCurrent(db: Sql, table: string, derived: DatabaseFunction): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname = ${derived.name} AND prosrc = ${derived.body} AND prosecdef = ${derived.definer}
      AND proargtypes = (SELECT coalesce(string_agg(type::regtype::oid::text, ' ' ORDER BY place), '') FROM unnest(${[...derived.parameters]}::text[]) WITH ORDINALITY AS parameter (type, place))::oidvector
      AND prorettype = ${derived.returns}::regtype AND proconfig = ARRAY[${FUNCTION_SETTING}]
      AND NOT (prosecdef AND has_function_privilege('public', oid, 'EXECUTE'))
      AND proowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass(${qualify(table)}))`.execute(db);
  return rows.length > 0;
}

/** `valid`: it fires for every session. */
export async function readTrigger(db: Sql, { table, name }: DatabaseTrigger): Promise<CatalogEntry | undefined> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_triggerdef(oid) AS definition, tgenabled IN ('O', 'A') AS valid
    FROM pg_trigger WHERE tgrelid = to_regclass(${qualify(table)}) AND tgname = ${name}`.execute(db);
  return rows[0];
}

/** `valid`: every row was proved to obey it. */
export async function readConstraint(db: Sql, table: string, name: string): Promise<CatalogEntry | undefined> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_constraintdef(oid) AS definition, convalidated AS valid
    FROM pg_constraint WHERE conrelid = to_regclass(${qualify(table)}) AND conname = ${name}`.execute(db);
  return rows[0];
}

/** `valid`: it was built to its end. */
export async function readIndex(db: Sql, name: string): Promise<CatalogEntry | undefined> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(${qualify(name)})`.execute(
    db,
  );
  return rows[0];
}
