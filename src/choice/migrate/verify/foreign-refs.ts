import { sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import type { ChoiceField } from '../../choice-field.ts';
import { findRefFault, type RecordGroup } from './record-groups.ts';

/** Of the refs that name no choice of their tenant: those that name another tenant's. */
export async function readForeignRefs(db: Sql, field: ChoiceField, groups: readonly RecordGroup[]): Promise<ReadonlySet<string | null>> {
  const refs = groups.filter((group) => findRefFault(group) === 'unknown').map((group) => group.ref);
  if (refs.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`SELECT id FROM ${sql.table(field.type.table)} WHERE id = ANY (${refs}::uuid[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}
