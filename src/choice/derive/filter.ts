import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../choice-field.ts';
import { isUuid } from '../uuid.ts';

/** `ChoiceFilter` as it arrives: absent and null members set no condition. */
export interface ChoiceCondition {
  readonly id?: readonly string[] | null;
  readonly key?: readonly string[] | null;
  readonly isNull?: boolean | null;
}

/** How to select rows of `record` by their choice. */
export interface RefFilter {
  readonly condition: RawBuilder<unknown>;
  /** The same rows in parts that share none, each of which an index has in order of the id, one value after the other; absent where that would be many. */
  readonly parts?: readonly FilterPart[];
}

/** Rows of `record` that meet the condition with one of the values. */
export interface FilterPart {
  /** An array. */
  readonly values: RawBuilder<unknown>;
  readonly condition: (value: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** From each value of a part a whole page is read: of more than so many choices, most rows are on it whatever it is read by. */
const MOST_IN_PARTS = 10;

/**
 * Rows of `record` whose choice meets the condition, by one filter per member: by ref, or by an alias of the legacy value of a row without
 * one, unless the ref alone is read.
 */
export function filterByRef(field: ChoiceField, tenantId: string, refAlone: boolean, condition: ChoiceCondition): readonly RefFilter[] {
  const filters: RefFilter[] = [];
  // No one's id and no one's key select nothing; they are no error, so that nobody learns what exists elsewhere.
  if (condition.id) {
    const ids = condition.id.filter(isUuid);
    filters.push(havingChoice(field, tenantId, refAlone, sql`named.id = ANY (${ids}::uuid[])`, ids.length));
  }
  if (condition.key) {
    const keys = [...condition.key];
    filters.push(havingChoice(field, tenantId, refAlone, sql`named.key = ANY (${keys}::text[])`, keys.length));
  }
  if (condition.isNull === true) filters.push({ condition: sql`NOT ${hasAnyChoice(field, tenantId, refAlone)}` });
  if (condition.isNull === false) filters.push({ condition: hasAnyChoice(field, tenantId, refAlone) });
  return filters;
}

/**
 * Everything that leads to the same survivors as the choices named: refs to them, and legacy values of rows without a ref.
 * An alias of a deleted choice resolves to nothing; a ref to one still answers it.
 */
function havingChoice(field: ChoiceField, tenantId: string, refAlone: boolean, named: RawBuilder<unknown>, count: number): RefFilter {
  const choices = sql.table(field.type.table);
  const ref = sql`record.${sql.id(field.refColumn)}`;
  const legacy = sql`record.${sql.id(field.legacyColumn)}`;
  const survivors = sql`
    SELECT coalesce(named.merged_into_id, named.id) FROM ${choices} AS named WHERE named.tenant_id = ${tenantId} AND ${named}`;
  const byRef: FilterPart = {
    values: sql`ARRAY(
      SELECT same.id FROM ${choices} AS same WHERE same.tenant_id = ${tenantId} AND coalesce(same.merged_into_id, same.id) IN (${survivors})
    )`,
    condition: (value) => sql`${ref} = ${value}`,
  };
  const byValue: FilterPart = {
    values: sql`ARRAY(${aliasesOf(field, tenantId)} AND survivor.id IN (${survivors}))`,
    condition: (value) => sql`(${ref} IS NULL AND ${legacy} = ${value})`,
  };
  const parts = refAlone ? [byRef] : [byRef, byValue];
  return {
    condition: sql`(${sql.join(
      parts.map((part) => part.condition(sql`ANY (${part.values})`)),
      sql` OR `,
    )})`,
    ...(count <= MOST_IN_PARTS && { parts }),
  };
}

function hasAnyChoice(field: ChoiceField, tenantId: string, refAlone: boolean): RawBuilder<unknown> {
  const byRef = sql`record.${sql.id(field.refColumn)} IS NOT NULL`;
  if (refAlone) return sql`(${byRef})`;
  return sql`(
    ${byRef}
    OR coalesce(record.${sql.id(field.legacyColumn)} = ANY (ARRAY(${aliasesOf(field, tenantId)})), false)
  )`;
}

/** As the records' strings are collated, or no index of theirs would serve: equal are the same bytes either way. */
function aliasesOf(field: ChoiceField, tenantId: string): RawBuilder<unknown> {
  const choices = sql.table(field.type.table);
  return sql`
      SELECT alias.legacy_value COLLATE "default"
      FROM ${sql.table(field.type.aliasTable)} AS alias
      JOIN ${choices} AS choice ON choice.tenant_id = alias.tenant_id AND choice.id = alias.choice_id
      JOIN ${choices} AS survivor ON survivor.tenant_id = choice.tenant_id AND survivor.id = coalesce(choice.merged_into_id, choice.id)
      WHERE alias.tenant_id = ${tenantId} AND survivor.deleted_at IS NULL`;
}
