import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';

/** An index that follows from a declaration, to be built without blocking writers. */
export interface DerivedIndex {
  readonly name: string;
  readonly statement: string;
}

/**
 * Filtered pages by ref and by legacy value without a sort, also of rows that have no ref, and the rows that a backfill has still to look at.
 * Those over the legacy column come and go with it; the one that serves its pages holds the ref too, so that rows are counted by it alone.
 */
export function deriveIndexes(field: ChoiceField, regime: Regime): readonly DerivedIndex[] {
  const ref = quoteIdentifier(field.refColumn);
  const legacy = quoteIdentifier(field.legacyColumn);
  const byRef = createIndex(field.table, `${field.table}_${field.refColumn}_page_idx`, `("tenant_id", ${ref}, "id")`);
  if (regime === 'archive') return [byRef];
  return [
    byRef,
    createIndex(field.table, `${field.table}_${field.legacyColumn}_page_idx`, `("tenant_id", ${legacy}, "id") INCLUDE (${ref})`),
    createIndex(field.table, `${field.table}_${field.legacyColumn}_unset_idx`, `("tenant_id", ${legacy}, "id") WHERE ${ref} IS NULL`),
    createIndex(field.table, `${field.table}_${field.refColumn}_unset_idx`, `("tenant_id", "id") WHERE ${ref} IS NULL AND ${legacy} <> ''`),
  ];
}

export function createIndex(table: string, name: string, definition: string): DerivedIndex {
  return { name, statement: `CREATE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${qualify(table)} ${definition}` };
}
