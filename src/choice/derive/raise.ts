import { quoteLiteral, SCHEMA } from '../../database/identifier.ts';
import type { ChoiceField } from '../choice-field.ts';

/** A RAISE that names the ref column, without the semicolon at its end. The message must hold no `%` and no quote. */
export function raiseOn(field: ChoiceField, message: string, condition: string, ...values: readonly string[]): string {
  return (
    `RAISE EXCEPTION ${[quoteLiteral(`${field.coordinate}: ${message}`), ...values].join(', ')} USING ERRCODE = ${quoteLiteral(condition)}, ` +
    `SCHEMA = ${quoteLiteral(SCHEMA)}, TABLE = ${quoteLiteral(field.table)}, COLUMN = ${quoteLiteral(field.refColumn)}`
  );
}

export function raiseDeleted(field: ChoiceField, key: string): string {
  return `${raiseOn(field, 'the choice "%" was deleted', 'foreign_key_violation', key)};`;
}

/** Where the legacy column's own NOT NULL is not there to refuse a row. */
export function raiseRequired(field: ChoiceField): string {
  return `${raiseOn(field, 'a choice is required', 'not_null_violation')};`;
}
