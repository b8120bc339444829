import { type RawBuilder, sql } from 'kysely';
import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { keyExpression } from '../derive/legacy-value.ts';
import { resolveExpression } from '../derive/resolve.ts';

/**
 * The ref for a new record whose field has no legacy column any more: the choice that the string resolves to. Where there is
 * none and a record has to have one, any choice of the tenant stands in until `setStrings` has put the record right. `tenant` and
 * `value` are SQL texts.
 */
export function insertableRef(field: ChoiceField, tenant: string, value: string): RawBuilder<unknown> {
  const resolved = resolveExpression(field.type, tenant, value);
  if (!field.required || field.default !== null) return sql.raw(resolved);
  const choices = qualify(field.type.table);
  return sql.raw(`coalesce(${resolved}, (
    SELECT choice.id FROM ${choices} AS choice
    WHERE choice.tenant_id = ${tenant} AND choice.merged_into_id IS NULL AND choice.deleted_at IS NULL
    ORDER BY choice.position, choice.id LIMIT 1
  ))`);
}

/**
 * Sets the strings of many records at once where there is no legacy column: the ref to what each resolves to, the archive to what
 * the ref alone does not restore. `given` selects tenant_id, id and value, a record once. The caller's transaction has inserted or
 * locked the records.
 */
export async function setStrings(db: Sql, field: ChoiceField, given: RawBuilder<unknown>): Promise<void> {
  const ref = sql.id(field.refColumn);
  const isRestored = sql`given.value IS NOT DISTINCT FROM ${sql.raw(keyExpression(field, 'record.tenant_id', `record.${quoteIdentifier(field.refColumn)}`))}`;
  await sql`
    UPDATE ${sql.table(field.table)} AS record SET ${ref} = wanted.ref
    FROM (
      SELECT given.tenant_id, given.id, ${sql.raw(resolveExpression(field.type, 'given.tenant_id', 'given.value'))} AS ref FROM (${given}) AS given
    ) AS wanted
    WHERE record.tenant_id = wanted.tenant_id AND record.id = wanted.id AND record.${ref} IS DISTINCT FROM wanted.ref`.execute(db);
  await sql`
    INSERT INTO choice_archive (tenant_id, field, record_id, legacy_value, ref)
    SELECT record.tenant_id, ${field.coordinate}, record.id, given.value, record.${ref}
    FROM (${given}) AS given JOIN ${sql.table(field.table)} AS record ON record.tenant_id = given.tenant_id AND record.id = given.id
    WHERE NOT (${isRestored})
    ON CONFLICT (tenant_id, field, record_id) DO UPDATE SET legacy_value = excluded.legacy_value, ref = excluded.ref`.execute(db);
  await sql`
    DELETE FROM choice_archive AS archive
    USING (${given}) AS given JOIN ${sql.table(field.table)} AS record ON record.tenant_id = given.tenant_id AND record.id = given.id
    WHERE archive.tenant_id = given.tenant_id AND archive.field = ${field.coordinate} AND archive.record_id = given.id AND ${isRestored}`.execute(
    db,
  );
}
