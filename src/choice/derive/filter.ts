import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../choice-field.ts';
import { isUuid } from '../uuid.ts';

/** `ChoiceFilter` as it arrives: absent and null members set no condition. */
export interface ChoiceCondition {
  readonly id?: readonly string[] | null;
  readonly key?: readonly string[] | null;
  readonly isNull?: boolean | null;
}

/**
 * Rows of `record` whose choice meets the condition: by ref, or by an alias of the legacy value of a row without one, unless the
 * ref alone is read.
 */
export function filterByRef(field: ChoiceField, tenantId: string, refAlone: boolean, condition: ChoiceCondition): RawBuilder<unknown> {
  const having = (named: RawBuilder<unknown>) => hasChoice(field, tenantId, refAlone, named);
  const parts: RawBuilder<unknown>[] = [];
  // No one's id and no one's key select nothing; they are no error, so that nobody learns what exists elsewhere.
  if (condition.id) parts.push(having(sql`named.id = ANY (${condition.id.filter(isUuid)}::uuid[])`));
  if (condition.key) parts.push(having(sql`named.key = ANY (${[...condition.key]}::text[])`));
  if (condition.isNull === true) parts.push(sql`NOT ${hasAnyChoice(field, tenantId, refAlone)}`);
  if (condition.isNull === false) parts.push(hasAnyChoice(field, tenantId, refAlone));
  return parts.length === 0 ? sql`true` : sql.join(parts, sql` AND `);
}

/**
 * Everything that leads to the same survivors as the choices named: refs to them, and legacy values of rows without a ref.
 * An alias of a deleted choice resolves to nothing; a ref to one still answers it.
 */
function hasChoice(field: ChoiceField, tenantId: string, refAlone: boolean, named: RawBuilder<unknown>): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  const survivors = sql`
    SELECT coalesce(named.merged_into_id, named.id) FROM ${choices} AS named WHERE named.tenant_id = ${tenantId} AND ${named}`;
  const byRef = sql`record.${sql.id(field.refColumn)} = ANY (ARRAY(
      SELECT same.id FROM ${choices} AS same WHERE same.tenant_id = ${tenantId} AND coalesce(same.merged_into_id, same.id) IN (${survivors})
    ))`;
  if (refAlone) return byRef;
  return sql`(
    ${byRef}
    OR (record.${sql.id(field.refColumn)} IS NULL AND record.${sql.id(field.legacyColumn)} = ANY (ARRAY(
      ${aliasesOf(field, tenantId)} AND survivor.id IN (${survivors})
    )))
  )`;
}

function hasAnyChoice(field: ChoiceField, tenantId: string, refAlone: boolean): RawBuilder<unknown> {
  const byRef = sql`record.${sql.id(field.refColumn)} IS NOT NULL`;
  if (refAlone) return sql`(${byRef})`;
  return sql`(
    ${byRef}
    OR coalesce(record.${sql.id(field.legacyColumn)} = ANY (ARRAY(${aliasesOf(field, tenantId)})), false)
  )`;
}

function aliasesOf(field: ChoiceField, tenantId: string): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  return sql`
      SELECT alias.legacy_value
      FROM ${sql.table(field.type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
      WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL`;
}
