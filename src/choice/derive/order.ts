import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../choice-field.ts';

/** Rows without a choice come after all that have one. */
const LAST = 2147483647;

/** How to order rows of `record` by a choice: tables to join, and the expression, an integer that is never null. */
export interface ChoiceOrder {
  readonly join: RawBuilder<unknown>;
  readonly expression: RawBuilder<unknown>;
}

/**
 * Orders by the survivor's position, be it named by the ref or – unless the ref alone is read – by the legacy value; while a
 * tenant has no choices, by the place in the hardcoded list. So the order is the same before, during and after a migration.
 */
export function orderByChoice(field: ChoiceField, tenantId: string, refAlone: boolean): ChoiceOrder {
  const choices = sql.table(field.type.table);
  const byRef = sql.id(`${field.legacyColumn}_by_ref`);
  const byValue = sql.id(`${field.legacyColumn}_by_value`);
  const survivors = sql`
    JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)`;
  const joinByRef = sql`
      LEFT JOIN (
        SELECT choice.id, survivor.position FROM ${choices} AS choice ${survivors} WHERE choice.tenant_id = ${tenantId}
      ) AS ${byRef} ON ${byRef}.id = record.${sql.id(field.refColumn)}`;
  if (refAlone) return { join: joinByRef, expression: sql`coalesce(${byRef}.position, ${LAST})` };
  return {
    join: sql`${joinByRef}
      LEFT JOIN (
        SELECT alias.legacy_value AS value, survivor.position
        FROM ${sql.table(field.type.aliasTable)} AS alias
        JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id ${survivors}
        WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL
        UNION ALL
        SELECT listed.key COLLATE "C", listed.position::int
        FROM unnest(${field.hardcoded.map(([key]) => key)}::text[]) WITH ORDINALITY AS listed (key, position)
        WHERE NOT EXISTS (SELECT FROM ${choices} AS any_choice WHERE any_choice.tenant_id = ${tenantId})
      ) AS ${byValue} ON record.${sql.id(field.refColumn)} IS NULL AND ${byValue}.value = record.${sql.id(field.legacyColumn)}`,
    expression: sql`coalesce(${byRef}.position, ${byValue}.position, ${LAST})`,
  };
}
