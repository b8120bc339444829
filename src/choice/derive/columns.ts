import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';

/** Adds the ref column beside the legacy column. Nullable and without default, so no row is rewritten. */
export function addRefColumn(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} ADD COLUMN IF NOT EXISTS ${quoteIdentifier(field.refColumn)} uuid`;
}
