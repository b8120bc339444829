import type { RawBuilder } from 'kysely';
import { quoteLiteral } from './identifier.ts';
import type { Sql } from './owner-database.ts';

/** SQL text with its values as constants, for a message of several statements: to such a one none can be bound. */
export function inlineValues(db: Sql, expression: RawBuilder<unknown>): string {
  const { sql: text, parameters } = expression.compile(db);
  return text.replace(/\$(\d+)/g, (_, number: string) => {
    const value = parameters[Number(number) - 1];
    if (value instanceof Date) return quoteLiteral(value.toISOString());
    if (typeof value === 'string' || typeof value === 'number') return quoteLiteral(String(value));
    throw new TypeError(`expected a string, a number or a date, got ${typeof value}`);
  });
}
