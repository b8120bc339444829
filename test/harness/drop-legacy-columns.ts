import { expandFields } from '../../src/choice/migrate/expand.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';

/** Leaves the structure that `contract` leaves. For databases whose records need no archive: those without any. */
export async function dropLegacyColumns({ owner }: { readonly owner: OwnerDatabase }): Promise<void> {
  await owner.pool.query(`UPDATE choice_tenant_state SET phase = 'preferred'`);
  await owner.pool.query(`UPDATE choice_field_state SET phase = 'contracted', storage = 'archive'`);
  for (const field of choiceRegistry.fields) await owner.pool.query(`ALTER TABLE ${field.table} DROP COLUMN ${field.legacyColumn} CASCADE`);
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
  await expandFields(owner.sql, scope, { dryRun: false, actor: 'test', onProgress: () => undefined });
}
