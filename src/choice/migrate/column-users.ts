import { sql } from 'kysely';
import { qualify } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { filledConstraintName } from '../derive/columns.ts';
import { foreignKeyName } from '../derive/foreign-key.ts';
import { deriveIndexes } from '../derive/indexes.ts';
import { deriveObjects } from '../derive/objects.ts';

/**
 * What somebody else hung on a column that is to go: views, indexes, constraints, triggers, policies, privileges. Some would
 * keep it from going, the others would be gone with it, and not come back with it.
 */
export async function findColumnUsers(db: Sql, field: ChoiceField, column: string): Promise<Blocker[]> {
  const own = [
    ...deriveIndexes(field, 'column').map((index) => index.name),
    ...deriveObjects(field, 'window').triggers.map((trigger) => trigger.name),
    foreignKeyName(field),
    filledConstraintName(field),
  ];
  const { rows } = await sql<{ description: string }>`
    SELECT DISTINCT pg_describe_object(depend.classid, depend.objid, depend.objsubid) AS description
    FROM pg_attribute AS attribute
    JOIN pg_depend AS depend ON depend.refclassid = 'pg_class'::regclass AND depend.refobjid = attribute.attrelid AND depend.refobjsubid = attribute.attnum
    LEFT JOIN pg_class AS class ON depend.classid = 'pg_class'::regclass AND class.oid = depend.objid
    LEFT JOIN pg_trigger AS trigger ON depend.classid = 'pg_trigger'::regclass AND trigger.oid = depend.objid
    LEFT JOIN pg_constraint AS con ON depend.classid = 'pg_constraint'::regclass AND con.oid = depend.objid
    LEFT JOIN pg_attrdef AS preset ON depend.classid = 'pg_attrdef'::regclass AND preset.oid = depend.objid
    WHERE attribute.attrelid = to_regclass(${qualify(field.table)}) AND attribute.attname = ${column} AND NOT attribute.attisdropped
      AND coalesce(class.relname, trigger.tgname, con.conname, '') <> ALL (${own}::name[])
      AND con.contype IS DISTINCT FROM 'n' AND (preset.adrelid, preset.adnum) IS DISTINCT FROM (attribute.attrelid, attribute.attnum)
    UNION ALL
    SELECT 'privileges on it alone' FROM pg_attribute
    WHERE attrelid = to_regclass(${qualify(field.table)}) AND attname = ${column} AND NOT attisdropped AND attacl IS NOT NULL
    ORDER BY description`.execute(db);
  return rows.map(({ description }) => ({
    code: 'COLUMN_IN_USE',
    field: field.coordinate,
    message: `${field.coordinate}: the column "${field.table}"."${column}" cannot go while there is something that uses it: ${description}. Drop it first`,
  }));
}
