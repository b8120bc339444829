import { type RawBuilder, sql } from 'kysely';
import { type ChoiceCondition, filterByRef, type FilterPart, type RefFilter } from '../../choice/derive/filter.ts';
import {
  filterByLegacy,
  fromRecords,
  fromRecordsInOrder,
  type FilteredRecords,
  type LegacyFilter,
} from '../../choice/derive/legacy-filter.ts';
import type { ChoiceRules } from '../../choice/rules.ts';
import { isUuid } from '../../choice/uuid.ts';
import { checkCount, checkText } from './check-text.ts';
import type { RecordDefinition } from './record-definition.ts';

/** A filter as it arrives: `search`, references, and two members per choice field. Absent and null members set no condition. */
export type RecordFilter = Readonly<Record<string, unknown>>;

const LONGEST_SEARCH = 200;
const MOST_LISTED = 1_000;

/** How to select the rows of `record` that belong to the tenant and meet a filter. */
export interface RecordCondition extends FilteredRecords {
  readonly condition: RawBuilder<unknown>;
  /** Where they are wanted in order of the id: parts of which each row has to be in one, besides meeting the condition. */
  readonly parts?: readonly FilterPart[];
}

/** `order`: how the rows are wanted, where that is by id alone. */
export function filterRecords(
  record: RecordDefinition,
  tenantId: string,
  rules: ChoiceRules,
  filter: RecordFilter | null | undefined,
  order?: 'ASC' | 'DESC',
): RecordCondition {
  const conditions: RawBuilder<unknown>[] = [sql`record.tenant_id = ${tenantId}`];
  if (typeof filter?.search === 'string' && filter.search !== '') conditions.push(search(record, filter.search));
  for (const property of Object.keys(record.references)) {
    const id = filter?.[property];
    if (typeof id === 'string') conditions.push(isUuid(id) ? sql`record.${sql.id(record.column(property).column)} = ${id}` : sql`false`);
  }
  const byLegacy: LegacyFilter[] = [];
  const byRef: RefFilter[] = [];
  for (const field of record.choiceFields) {
    const legacy = filter?.[field.legacy];
    if (typeof legacy === 'string')
      byLegacy.push(filterByLegacy(field, tenantId, rules.storage(field), checkText(`filter.${field.legacy}`, legacy), order));
    const ref = filter?.[field.ref] as ChoiceCondition | null | undefined;
    if (ref) byRef.push(...filterByRef(field, tenantId, rules.readsRefAlone(field, tenantId), checkCondition(`filter.${field.ref}`, ref)));
  }
  // What filters by string joins is in order already.
  const inParts = order !== undefined && byLegacy.every(({ candidates }) => candidates === undefined) && byRef.find(({ parts }) => parts);
  return {
    ...(order === undefined ? fromRecords(record.table, byLegacy) : fromRecordsInOrder(record.table, tenantId, byLegacy)),
    condition: sql.join(
      [...conditions, ...[...byLegacy, ...byRef.filter((one) => one !== inParts)].map(({ condition }) => condition)],
      sql` AND `,
    ),
    ...(inParts && { parts: inParts.parts! }),
  };
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
