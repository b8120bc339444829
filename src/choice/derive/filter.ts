import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../choice-field.ts';
import { isUuid } from '../uuid.ts';

/** `ChoiceFilter` as it arrives: absent and null members set no condition. */
export interface ChoiceCondition {
  readonly id?: readonly string[] | null;
  readonly key?: readonly string[] | null;
  readonly isNull?: boolean | null;
}

/** Rows of `record` that answer exactly this legacy string. */
export function filterByLegacy(field: ChoiceField, value: string): RawBuilder<unknown> {
  return sql`record.${sql.id(field.legacyColumn)} = ${value}`;
}

/** Rows of `record` whose choice, by ref or through an alias of their legacy value, meets the condition. */
export function filterByRef(field: ChoiceField, tenantId: string, condition: ChoiceCondition): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [];
  // No one's id and no one's key select nothing; they are no error, so that nobody learns what exists elsewhere.
  if (condition.id) parts.push(hasChoice(field, tenantId, sql`named.id = ANY (${condition.id.filter(isUuid)}::uuid[])`));
  if (condition.key) parts.push(hasChoice(field, tenantId, sql`named.key = ANY (${[...condition.key]}::text[])`));
  if (condition.isNull === true) parts.push(sql`NOT ${hasAnyChoice(field, tenantId)}`);
  if (condition.isNull === false) parts.push(hasAnyChoice(field, tenantId));
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` AND `);
}

/**
 * Everything that leads to the same survivors as the choices named: refs to them, and legacy values of rows without a ref.
 * An alias of a deleted choice resolves to nothing; a ref to one still answers it.
 */
function hasChoice(field: ChoiceField, tenantId: string, named: RawBuilder<unknown>): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  const survivors = sql`
    SELECT coalesce(named.merged_into_id, named.id) FROM ${choices} AS named WHERE named.tenant_id = ${tenantId} AND ${named}`;
  return sql`(
    record.${sql.id(field.refColumn)} = ANY (ARRAY(
      SELECT same.id FROM ${choices} AS same WHERE same.tenant_id = ${tenantId} AND coalesce(same.merged_into_id, same.id) IN (${survivors})
    ))
    OR (record.${sql.id(field.refColumn)} IS NULL AND record.${sql.id(field.legacyColumn)} = ANY (ARRAY(
      SELECT alias.legacy_value
      FROM ${sql.table(field.type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
      WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL AND survivor.id IN (${survivors})
    )))
  )`;
}

function hasAnyChoice(field: ChoiceField, tenantId: string): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  return sql`(
    record.${sql.id(field.refColumn)} IS NOT NULL
    OR coalesce(record.${sql.id(field.legacyColumn)} = ANY (ARRAY(
      SELECT alias.legacy_value
      FROM ${sql.table(field.type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
      WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL
    )), false)
  )`;
}
