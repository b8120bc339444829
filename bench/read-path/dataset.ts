import { sql } from 'kysely';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import type { OwnerDatabase } from '../../src/database/owner-database.ts';
import { completeMigration, createDataset, FIELD, RUN } from '../migration/dataset.ts';
import { CONNECTIONS, type Subject, TENANT } from './operations.ts';

/** Leads of 20 tenants, every choice field at phase `migrated`. */
export async function createMigratedDataset(database: OwnerDatabase, leads: number): Promise<void> {
  await createDataset(database, leads);
  const others = choiceRegistry.fields.filter((field) => field !== FIELD);
  const scope = { registry: choiceRegistry, fields: others, tenants: undefined };
  await expandFields(database.sql, scope, RUN);
  await populateChoices(database.sql, scope, RUN);
  const { ok, blockers } = await migrateRecords(database.sql, scope, RUN);
  if (!ok) throw new Error(`expected fields that are migrated, got ${JSON.stringify(blockers)}`);
  await completeMigration(database);
}

/** What of the dataset the requests are about. */
export async function readSubject({ sql: db }: OwnerDatabase): Promise<Subject> {
  const { rows: tenants } = await sql<{ id: string }>`SELECT id FROM tenant WHERE slug = ${TENANT}`.execute(db);
  const tenantId = tenants[0]!.id;
  const { rows: leads } = await sql<{ id: string }>`SELECT id FROM lead WHERE tenant_id = ${tenantId} ORDER BY id`.execute(db);
  const { rows: choices } = await sql<{ key: string; id: string }>`
    SELECT key, id FROM industry WHERE tenant_id = ${tenantId}`.execute(db);
  const industryId = (key: string) => choices.find((choice) => choice.key === key)!.id;
  return {
    tenantId,
    filteredIndustryId: industryId('tech'),
    industryIds: [industryId('retail'), industryId('energy')],
    deepLeadId: leads[Math.floor(leads.length * 0.9)]!.id,
    writtenLeadIds: leads.slice(-CONNECTIONS).map(({ id }) => id),
  };
}
