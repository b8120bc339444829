import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import { blankValue } from './legacy-value.ts';

/** How to select rows of `record` by their legacy string. */
export interface LegacyFilter {
  readonly condition: RawBuilder<unknown>;
  /** What `record` has to be joined with: a relation under a name, and its column that is the record's id. */
  readonly candidates?: { readonly relation: RawBuilder<unknown>; readonly id: RawBuilder<unknown> };
}

/** What stands after FROM where such filters are used. Each of `ids` equals the record's id; the first is the one to order by. */
export interface FilteredRecords {
  readonly from: RawBuilder<unknown>;
  readonly ids: readonly [RawBuilder<unknown>, ...RawBuilder<unknown>[]];
}

/** Rows of `record` that answer exactly this legacy string. `order`: how the rows are wanted, where that is by id alone. */
export function filterByLegacy(
  field: ChoiceField,
  tenantId: string,
  storage: LegacyStorage,
  value: string,
  order?: 'ASC' | 'DESC',
): LegacyFilter {
  if (storage === 'column') return { condition: sql`record.${sql.id(field.legacyColumn)} = ${value}` };
  if (value === blankValue(field))
    return { condition: sql`record.${sql.id(field.refColumn)} IS NULL AND NOT ${isArchived(field, 'record')}` };
  return order === undefined ? filterByRestored(field, tenantId, value) : filterByRestoredInOrder(field, tenantId, value, order);
}

/** The table as `record`, with what the filters join. */
export function fromRecords(table: string, filters: readonly LegacyFilter[]): FilteredRecords {
  const joins = listCandidates(filters).map(({ relation, id }) => sql`JOIN ${relation} ON ${id} = record.id`);
  return { from: sql`${sql.table(table)} AS record ${sql.join(joins, sql` `)}`, ids: [sql`record.id`] };
}

/**
 * The same for a page by id alone: from candidate to candidate in their order, each looked up in the table, until the page is
 * full. OFFSET keeps the planner from reading the table along with them, which would pass every row between two of them.
 */
export function fromRecordsInOrder(table: string, tenantId: string, filters: readonly LegacyFilter[]): FilteredRecords {
  const [first, ...others] = listCandidates(filters);
  if (first === undefined) return fromRecords(table, filters);
  const joins = others.map(({ relation, id }) => sql`JOIN ${relation} ON ${id} = ${first.id}`);
  return {
    from: sql`${first.relation} ${sql.join(joins, sql` `)}
      CROSS JOIN LATERAL (SELECT * FROM ${sql.table(table)} AS one WHERE one.tenant_id = ${tenantId} AND one.id = ${first.id} OFFSET 0) AS record`,
    ids: [first.id, ...others.map(({ id }) => id)],
  };
}

function listCandidates(filters: readonly LegacyFilter[]) {
  return filters.flatMap(({ candidates }) => candidates ?? []);
}

/** Rows with that string in the archive, and rows whose ref alone restores it: two indexes find them. */
function filterByRestored(field: ChoiceField, tenantId: string, value: string): LegacyFilter {
  const table = sql.table(field.table);
  const name = sql.id(`${field.legacyColumn}_candidate`);
  const relation = sql`(
      SELECT same.id FROM choice_archive AS archive
      JOIN ${table} AS same
        ON same.tenant_id = archive.tenant_id AND same.id = archive.record_id AND archive.ref IS NOT DISTINCT FROM same.${sql.id(field.refColumn)}
      WHERE ${isArchivedAs(field, tenantId, value)}
      UNION ALL
      SELECT same.id FROM ${table} AS same WHERE ${hasKey(field, tenantId, value)} AND NOT ${isArchived(field, 'same')}
    ) AS ${name}`;
  return { condition: sql`true`, candidates: { relation, id: sql`${name}.id` } };
}

/**
 * The same, merged as their indexes have them. A row is one of either by whether its string is archived, which is looked up for
 * the rows of the page only.
 */
function filterByRestoredInOrder(field: ChoiceField, tenantId: string, value: string, order: 'ASC' | 'DESC'): LegacyFilter {
  const name = sql.id(`${field.legacyColumn}_candidate`);
  const direction = sql.raw(order);
  const relation = sql`(
      (SELECT archive.record_id AS id, true AS archived FROM choice_archive AS archive
       WHERE ${isArchivedAs(field, tenantId, value)} ORDER BY archive.record_id ${direction})
      UNION ALL
      (SELECT same.id, false FROM ${sql.table(field.table)} AS same WHERE ${hasKey(field, tenantId, value)} ORDER BY same.id ${direction})
    ) AS ${name}`;
  return { condition: sql`${name}.archived = ${isArchived(field, 'record')}`, candidates: { relation, id: sql`${name}.id` } };
}

function isArchivedAs(field: ChoiceField, tenantId: string, value: string): RawBuilder<unknown> {
  return sql`archive.tenant_id = ${tenantId} AND archive.field = ${field.coordinate} AND archive.legacy_value = ${value}`;
}

function hasKey(field: ChoiceField, tenantId: string, key: string): RawBuilder<unknown> {
  return sql`same.tenant_id = ${tenantId} AND same.${sql.id(field.refColumn)} = (
        SELECT choice.id FROM ${sql.table(field.type.table)} AS choice WHERE choice.tenant_id = ${tenantId} AND choice.key = ${key}
      )`;
}

/** Whether the archive has the row's string: not what it was before the row got the ref that it has. */
function isArchived(field: ChoiceField, record: 'record' | 'same'): RawBuilder<unknown> {
  const column = (name: string) => sql.id(record, name);
  return sql`EXISTS (
    SELECT FROM choice_archive AS archive
    WHERE archive.tenant_id = ${column('tenant_id')} AND archive.field = ${field.coordinate} AND archive.record_id = ${column('id')}
      AND archive.ref IS NOT DISTINCT FROM ${column(field.refColumn)}
  )`;
}
