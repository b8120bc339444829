import { createIndex, type DerivedIndex } from '../../choice/derive/indexes.ts';
import { quoteIdentifier } from '../../database/identifier.ts';
import type { PlainColumn, RecordDefinition } from './record-definition.ts';

const LOWEST: Readonly<Record<PlainColumn['kind'], string>> = {
  text: '',
  uuid: '00000000-0000-0000-0000-000000000000',
  integer: '-2147483648',
  numeric: '-Infinity',
  timestamptz: '-infinity',
};

/**
 * What rows are in order of, by a plain column: nulls are the lowest, so that it is never null. `qualifier`: `record.`. PostgreSQL takes
 * CASE for leakproof, but not coalesce: only of the former does an index find where a page begins, under row-level security.
 */
export function orderExpression({ column, kind, nullable }: PlainColumn, qualifier: string): string {
  const reference = `${qualifier}${quoteIdentifier(column)}`;
  return nullable ? `CASE WHEN ${reference} IS NULL THEN '${LOWEST[kind]}'::${kind} ELSE ${reference} END` : reference;
}

/** For each member that `orderBy` offers, the index that its pages walk along: it holds the rows in that very order. */
export function deriveOrderIndexes(record: RecordDefinition): readonly DerivedIndex[] {
  return record.orderable.map((property) => {
    const column = record.column(property);
    return createIndex(record.table, `${record.table}_${column.column}_idx`, `("tenant_id", (${orderExpression(column, '')}), "id")`);
  });
}
