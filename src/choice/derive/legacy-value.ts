import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';

/** The string of a row that has neither a ref nor a row in the archive. */
export function blankValue(field: ChoiceField): '' | null {
  return field.required || field.default === '' ? '' : null;
}

/** SQL text of the string that a row of `record` answers. `record` names the row: an alias of the owner's table, `NEW`, `OLD`. */
export function legacyExpression(field: ChoiceField, storage: LegacyStorage, record = 'record'): string {
  return storage === 'column' ? `${record}.${quoteIdentifier(field.legacyColumn)}` : restoredExpression(field, record);
}

/**
 * SQL text of a row's string without its column: the archived one while the row's ref is the one archived with it, else the key
 * of the ref's own choice (not the survivor's: before a merge moves the refs, rows keep the string they had), else blank.
 */
export function restoredExpression(field: ChoiceField, record = 'record'): string {
  const ref = `${record}.${quoteIdentifier(field.refColumn)}`;
  return `(
    SELECT CASE WHEN archive.record_id IS NULL THEN ${orBlank(field, 'choice.key')} ELSE archive.legacy_value END
    FROM (SELECT) AS one
    LEFT JOIN ${qualify('choice_archive')} AS archive
      ON archive.tenant_id = ${record}.tenant_id AND archive.field = ${quoteLiteral(field.coordinate)} AND archive.record_id = ${record}.id
      AND archive.ref IS NOT DISTINCT FROM ${ref}
    LEFT JOIN ${qualify(field.type.table)} AS choice ON choice.tenant_id = ${record}.tenant_id AND choice.id = ${ref}
  )`;
}

/** SQL text of the string that `ref` alone restores: its choice's key, or blank. A string that differs has to be archived. */
export function keyExpression(field: ChoiceField, tenant: string, ref: string): string {
  return orBlank(
    field,
    `(SELECT choice.key FROM ${qualify(field.type.table)} AS choice WHERE choice.tenant_id = ${tenant} AND choice.id = ${ref})`,
  );
}

function orBlank(field: ChoiceField, key: string): string {
  return blankValue(field) === '' ? `coalesce(${key}, '')` : key;
}
