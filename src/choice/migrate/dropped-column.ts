import { sql } from 'kysely';
import { quoteLiteral } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';

/** SQL text that keeps what a legacy column says of records, for when it is gone: whether they need a choice, and what new ones take. */
export function keepDroppedColumn(field: ChoiceField): string {
  return `INSERT INTO choice_dropped_column (field, required, preset)
     VALUES (${quoteLiteral(field.coordinate)}, ${field.required}, ${field.default === null ? 'NULL' : quoteLiteral(field.default)})
     ON CONFLICT (field) DO UPDATE SET required = excluded.required, preset = excluded.preset`;
}

/** Whether that is kept, and as it is declared. */
export async function findDroppedColumnProblem(db: Sql, field: ChoiceField): Promise<'missing' | 'changed' | undefined> {
  const { rows } = await sql<{ same: boolean }>`
    SELECT required = ${field.required} AND preset IS NOT DISTINCT FROM ${field.default} AS same
    FROM choice_dropped_column WHERE field = ${field.coordinate}`.execute(db);
  if (rows[0] === undefined) return 'missing';
  return rows[0].same ? undefined : 'changed';
}
