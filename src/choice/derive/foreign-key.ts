import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';

export function foreignKeyName(field: ChoiceField): string {
  return `${field.table}_${field.refColumn}_fkey`;
}

/** The composite key leads with the tenant, so a reference to another tenant's choice cannot be stored. New rows obey it at once. */
export function addForeignKey(field: ChoiceField): string {
  return (
    `ALTER TABLE ${qualify(field.table)} ADD CONSTRAINT ${quoteIdentifier(foreignKeyName(field))} ` +
    `FOREIGN KEY ("tenant_id", ${quoteIdentifier(field.refColumn)}) REFERENCES ${qualify(field.type.table)} ("tenant_id", "id") ` +
    `ON DELETE RESTRICT NOT VALID`
  );
}

export function dropForeignKey(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(foreignKeyName(field))}`;
}

/** Proves the old rows, without a lock that blocks writers (PostgreSQL manual, ALTER TABLE, VALIDATE CONSTRAINT). */
export function validateForeignKey(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} VALIDATE CONSTRAINT ${quoteIdentifier(foreignKeyName(field))}`;
}
