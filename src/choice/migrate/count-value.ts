import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { filterByLegacy, fromRecords } from '../derive/legacy-filter.ts';
import type { ChoiceRules } from '../rules.ts';

/** How many rows (`record`) of a tenant answer a legacy value, to the byte, and meet a condition. */
export async function countValue(
  db: Sql,
  field: ChoiceField,
  tenant: Tenant,
  rules: ChoiceRules,
  value: string,
  condition: RawBuilder<unknown> = sql`true`,
): Promise<number> {
  const carrying = filterByLegacy(field, tenant.id, rules.storage(field), value);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${fromRecords(field.table, [carrying]).from}
    WHERE record.tenant_id = ${tenant.id} AND ${carrying.condition} AND ${condition}`.execute(db);
  return rows[0]!.count;
}
