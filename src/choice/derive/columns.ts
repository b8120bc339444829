import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';

/** Adds the ref column beside the legacy column. Nullable and without default, so no row is rewritten. */
export function addRefColumn(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} ADD COLUMN IF NOT EXISTS ${quoteIdentifier(field.refColumn)} uuid`;
}

/** Takes the foreign key and every index over the column along. */
export function dropRefColumn(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} DROP COLUMN IF EXISTS ${quoteIdentifier(field.refColumn)}`;
}

/** Takes every index over the column along. */
export function dropLegacyColumn(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} DROP COLUMN ${quoteIdentifier(field.legacyColumn)}`;
}

/** Adds the legacy column as it was but for NOT NULL. Rows that are there are NULL: the default is set afterwards and fills none. */
export function addLegacyColumn(field: ChoiceField): readonly string[] {
  const column = quoteIdentifier(field.legacyColumn);
  return [
    `ALTER TABLE ${qualify(field.table)} ADD COLUMN ${column} ${legacyColumnType(field)}`,
    ...(field.default === null
      ? []
      : [`ALTER TABLE ${qualify(field.table)} ALTER COLUMN ${column} SET DEFAULT ${quoteLiteral(field.default)}`]),
  ];
}

/** The legacy column's type as the catalog names it. */
export function legacyColumnType(field: ChoiceField): string {
  return `character varying(${field.length})`;
}

/** The legacy column's default as the catalog prints it; null: it has none. */
export function legacyColumnDefault(field: ChoiceField): string | null {
  return field.default === null ? null : `${quoteLiteral(field.default)}::character varying`;
}

/** The constraint that proves a filled column, until NOT NULL takes its place. */
export function filledConstraintName(field: ChoiceField): string {
  return `${field.table}_${field.legacyColumn}_filled_check`;
}

export function addFilledConstraint(field: ChoiceField): string {
  return (
    `ALTER TABLE ${qualify(field.table)} ADD CONSTRAINT ${quoteIdentifier(filledConstraintName(field))} ` +
    `CHECK (${quoteIdentifier(field.legacyColumn)} IS NOT NULL) NOT VALID`
  );
}

export function validateFilledConstraint(field: ChoiceField): string {
  return `ALTER TABLE ${qualify(field.table)} VALIDATE CONSTRAINT ${quoteIdentifier(filledConstraintName(field))}`;
}

/** With the constraint there and valid, SET NOT NULL reads no row (PostgreSQL manual, ALTER TABLE). */
export function requireLegacyColumn(field: ChoiceField): readonly string[] {
  return [
    `ALTER TABLE ${qualify(field.table)} ALTER COLUMN ${quoteIdentifier(field.legacyColumn)} SET NOT NULL`,
    `ALTER TABLE ${qualify(field.table)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(filledConstraintName(field))}`,
  ];
}
