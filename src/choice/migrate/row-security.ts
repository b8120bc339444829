import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';

/**
 * Refuses to work where row-level security hides rows from this role: an UPDATE of 0 rows or a count of 0 faults would then
 * look like success.
 * @throws OperationError naming the tables.
 */
export async function assertSeesEveryRow(db: Sql, fields: readonly ChoiceField[]): Promise<void> {
  const tables = [
    ...new Set(fields.flatMap((field) => [field.table, field.type.table, field.type.aliasTable])),
    'tenant',
    'choice_tenant_state',
    'choice_acceptance',
  ];
  const { rows } = await sql<{ name: string; role: string }>`
    SELECT name, current_user AS role FROM unnest(${tables}::text[]) AS name
    WHERE row_security_active('public.' || quote_ident(name))`.execute(db);
  if (rows.length > 0)
    throw new OperationError(
      `Row-level security hides rows of ${rows.map((row) => row.name).join(', ')} from the role "${rows[0]!.role}". ` +
        `Expected the role that owns the tables, without FORCE ROW LEVEL SECURITY on them.`,
    );
}
