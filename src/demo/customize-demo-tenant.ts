import { sql } from 'kysely';
import { describeChange } from '../choice/audit/describe-change.ts';
import { lockChains } from '../choice/audit/lock-chains.ts';
import type { ChoiceField, ChoiceType } from '../choice/choice-field.ts';
import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import type { RunOptions } from '../choice/migrate/run.ts';
import type { OwnerDatabase, Sql } from '../database/owner-database.ts';
import { OperationError } from '../errors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { choiceEdits, type ChoiceEdits, recordEdits } from './demo-edits.ts';
import { demoTenants, EDITING_TENANT } from './demo-tenants.ts';
import { findLoadedTenants } from './find-loaded-tenants.ts';
import { demoLegacyId } from './generate-records.ts';

const EDITED_AT = '2026-01-12T09:00:00Z';

/**
 * Plays the administrator who, once choices were populated, renamed, reordered and deactivated some, added others, and moved
 * records to those. All of it or nothing; what was done once is not done again, also where it was edited since.
 * Returns whether it did anything.
 * @throws OperationError where the tenant has no choices yet.
 */
export async function customizeDemoTenant(
  database: OwnerDatabase,
  registry: ChoiceRegistry,
  options: Omit<RunOptions, 'dryRun'>,
): Promise<boolean> {
  const tenant = (await findLoadedTenants(database.sql)).find(({ slug }) => slug === EDITING_TENANT);
  if (tenant === undefined) return false;
  return database.sql.transaction().execute(async (transaction) => {
    await sql`SELECT FROM tenant WHERE id = ${tenant.id} FOR UPDATE`.execute(transaction);
    await describeChange(transaction, { actor: options.actor, operation: 'customize demo' });
    await lockChains(transaction, [tenant.id]);
    const edits = choiceEdits.map((edit) => ({ ...edit, type: registry.types.find((type) => type.name === edit.type)! }));
    if (await isCustomized(transaction, tenant, edits)) return false;
    for (const [done, edit] of edits.entries()) {
      options.onProgress({ step: 'customize', field: edit.type.name, tenant: tenant.slug, done, total: edits.length });
      await editChoices(transaction, tenant, edit);
    }
    for (const [coordinate, moves] of Object.entries(recordEdits))
      for (const [key, every] of Object.entries(moves)) await moveRecords(transaction, tenant, registry.field(coordinate)!, key, every);
    options.onProgress({ step: 'customize', field: edits.at(-1)!.type.name, tenant: tenant.slug, done: edits.length, total: edits.length });
    return true;
  });
}

type Edit = Omit<ChoiceEdits, 'type'> & { readonly type: ChoiceType };

/** A key is never reused, not after its choice was deleted either: where the added ones are, all of this was done. */
async function isCustomized(db: Sql, tenant: Tenant, edits: readonly Edit[]): Promise<boolean> {
  let known = 0;
  for (const { type, added } of edits) {
    const { rows } = await sql<{ key: string }>`SELECT key FROM ${sql.table(type.table)} WHERE tenant_id = ${tenant.id}`.execute(db);
    if (rows.length === 0) throw new OperationError(`${tenant.slug} has no choices of type ${type.name} yet: populate them first`);
    known += added.filter(({ key }) => rows.some((row) => row.key === key)).length;
  }
  return known > 0;
}

async function editChoices(transaction: Sql, tenant: Tenant, { type, changed, added, order }: Edit): Promise<void> {
  const choices = sql.table(type.table);
  for (const { key, label, active } of changed)
    await sql`
      UPDATE ${choices} SET label = coalesce(${label ?? null}, label), active = coalesce(${active ?? null}::boolean, active), version = version + 1, updated_at = ${EDITED_AT}
      WHERE tenant_id = ${tenant.id} AND key = ${key}`.execute(transaction);
  await sql`
    INSERT INTO ${choices} (tenant_id, key, label, position, created_at, updated_at)
    SELECT ${tenant.id}::uuid, key, label, (SELECT max(position) FROM ${choices} WHERE tenant_id = ${tenant.id}) + row_number() OVER (), ${EDITED_AT}, ${EDITED_AT}
    FROM jsonb_to_recordset(${JSON.stringify(added)}::jsonb) AS own (key text, label text)`.execute(transaction);
  await sql`
    UPDATE ${choices} AS choice SET position = placed.place, version = version + 1, updated_at = ${EDITED_AT}
    FROM (
      SELECT id, row_number() OVER (ORDER BY array_position(${[...order]}::text[], key::text), position) AS place
      FROM ${choices} WHERE tenant_id = ${tenant.id}
    ) AS placed
    WHERE choice.tenant_id = ${tenant.id} AND choice.id = placed.id AND choice.position <> placed.place`.execute(transaction);
}

/** The triggers write the new choice's key into the legacy column. */
async function moveRecords(transaction: Sql, tenant: Tenant, field: ChoiceField, key: string, every: number): Promise<void> {
  const records = sql.table(field.table);
  const count = Math.max(...Object.values(demoTenants.find(({ slug }) => slug === tenant.slug)!.records));
  const legacyIds = Array.from({ length: Math.floor(count / every) }, (_, index) => demoLegacyId((index + 1) * every));
  await sql`
    UPDATE ${records} AS record SET ${sql.id(field.refColumn)} = choice.id, version = record.version + 1, updated_at = ${EDITED_AT}
    FROM ${sql.table(field.type.table)} AS choice
    WHERE choice.tenant_id = ${tenant.id} AND choice.key = ${key}
      AND record.tenant_id = ${tenant.id} AND record.legacy_id = ANY (${legacyIds}::text[])`.execute(transaction);
}
