import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { OperationError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';

/** What the engine reads and writes beside records, choices and aliases. */
const CONTROL_TABLES = [
  'tenant',
  'choice_field_state',
  'choice_tenant_state',
  'choice_acceptance',
  'choice_archive',
  'choice_default',
  'choice_merge',
  'choice_merge_row',
  'choice_quarantine',
  'choice_legacy_writer',
  'choice_phase_change',
  'choice_change',
  'choice_chain',
  'choice_verification',
  'choice_revision',
  'choice_process',
  'choice_pace',
  'choice_run',
];

/**
 * Refuses to work where row-level security hides rows from this role: an UPDATE of 0 rows or a count of 0 faults would then
 * look like success.
 * @throws OperationError naming the tables.
 */
export async function assertSeesEveryRow(db: Sql, fields: readonly ChoiceField[]): Promise<void> {
  const tables = [...new Set(fields.flatMap((field) => [field.table, field.type.table, field.type.aliasTable])), ...CONTROL_TABLES];
  const { rows } = await sql<{ name: string; role: string; missing: boolean }>`
    SELECT name, current_user AS role, id IS NULL AS missing
    FROM unnest(${tables}::text[]) AS name CROSS JOIN LATERAL to_regclass('public.' || quote_ident(name)) AS id
    WHERE id IS NULL OR row_security_active(id)`.execute(db);
  const missing = rows.filter((row) => row.missing);
  if (missing.length > 0) throw new OperationError(`the database lacks ${missing.map((row) => row.name).join(', ')}: run choices db up`);
  if (rows.length > 0)
    throw new OperationError(
      `Row-level security hides rows of ${rows.map((row) => row.name).join(', ')} from the role "${rows[0]!.role}". ` +
        `Expected the role that owns the tables, without FORCE ROW LEVEL SECURITY on them.`,
    );
}
