import { type RawBuilder, sql } from 'kysely';
import { type ChoiceCondition, filterByLegacy, filterByRef } from '../../choice/derive/filter.ts';
import { isUuid } from '../../choice/uuid.ts';
import { checkCount, checkText } from './check-text.ts';
import type { RecordDefinition } from './record-definition.ts';

/** A filter as it arrives: `search`, references, and two members per choice field. Absent and null members set no condition. */
export type RecordFilter = Readonly<Record<string, unknown>>;

const LONGEST_SEARCH = 200;
const MOST_LISTED = 1_000;

/** The condition under which a row of `record` belongs to the tenant and meets the filter. */
export function filterRecords(record: RecordDefinition, tenantId: string, filter: RecordFilter | null | undefined): RawBuilder<unknown> {
  const conditions: RawBuilder<unknown>[] = [sql`record.tenant_id = ${tenantId}`];
  if (typeof filter?.search === 'string' && filter.search !== '') conditions.push(search(record, filter.search));
  for (const property of Object.keys(record.references)) {
    const id = filter?.[property];
    if (typeof id === 'string') conditions.push(isUuid(id) ? sql`record.${sql.id(record.column(property).column)} = ${id}` : sql`false`);
  }
  for (const field of record.choiceFields) {
    const legacy = filter?.[field.legacy];
    if (typeof legacy === 'string') conditions.push(filterByLegacy(field, checkText(`filter.${field.legacy}`, legacy)));
    const ref = filter?.[field.ref] as ChoiceCondition | null | undefined;
    if (ref) conditions.push(filterByRef(field, tenantId, checkCondition(`filter.${field.ref}`, ref)));
  }
  return sql.join(conditions, sql` AND `);
}

function search(record: RecordDefinition, text: string): RawBuilder<unknown> {
  const pattern = `%${checkText('filter.search', text, LONGEST_SEARCH).replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(${sql.join(
    record.searchable.map((property) => sql`record.${sql.id(record.column(property).column)} ILIKE ${pattern}`),
    sql` OR `,
  )})`;
}

function checkCondition(path: string, condition: ChoiceCondition): ChoiceCondition {
  for (const member of ['id', 'key'] as const) {
    checkCount(`${path}.${member}`, condition[member]?.length ?? 0, MOST_LISTED);
    for (const value of condition[member] ?? []) checkText(`${path}.${member}`, value);
  }
  return condition;
}
