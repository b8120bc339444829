import { type RawBuilder, sql } from 'kysely';
import { quoteIdentifier } from '../../database/identifier.ts';
import { runPatiently } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { keyExpression, restoredExpression } from '../derive/legacy-value.ts';
import { assertRegime } from './lead-servers.ts';
import { differs } from './settle-strings.ts';

const BATCH_SIZE = 2_000;

/** Writes the strings of locked rows to the archive, with the refs that they have. */
export async function archiveStrings(transaction: Sql, field: ChoiceField, tenant: Tenant, ids: readonly string[]): Promise<void> {
  await sql`
    INSERT INTO choice_archive AS archive (tenant_id, field, record_id, legacy_value, ref)
    SELECT record.tenant_id, ${field.coordinate}, record.id, record.${sql.id(field.legacyColumn)}, record.${sql.id(field.refColumn)}
    FROM ${sql.table(field.table)} AS record
    WHERE record.tenant_id = ${tenant.id} AND record.id = ANY (${ids}::uuid[]) AND ${differs(field)}
    ORDER BY record.id
    ON CONFLICT (tenant_id, field, record_id) DO UPDATE SET legacy_value = excluded.legacy_value, ref = excluded.ref`.execute(transaction);
}

/** Fills the column of locked rows. The trigger sees that nothing else is written: no ref, no `version`, no `updated_at` changes. */
export async function restoreStrings(transaction: Sql, field: ChoiceField, tenant: Tenant, ids: readonly string[]): Promise<void> {
  await sql`
    UPDATE ${sql.table(field.table)} AS record SET ${sql.id(field.legacyColumn)} = ${sql.raw(restoredExpression(field))}
    WHERE record.tenant_id = ${tenant.id} AND record.id = ANY (${ids}::uuid[]) AND ${differs(field)}`.execute(transaction);
}

/** Rows of a field whose strings are in its column, and that the key of their ref cannot restore. */
export async function countUnrestorable(db: Sql, field: ChoiceField): Promise<number> {
  const key = keyExpression(field, 'record.tenant_id', `record.${quoteIdentifier(field.refColumn)}`);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(field.table)} AS record
    WHERE record.${sql.id(field.legacyColumn)}::text IS DISTINCT FROM ${sql.raw(key)}`.execute(db);
  return rows[0]!.count;
}

export async function countArchived(db: Sql, field: ChoiceField): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(archive.*)::int AS count FROM tenant JOIN choice_archive AS archive ON archive.tenant_id = tenant.id AND archive.field = ${field.coordinate}`.execute(
    db,
  );
  return rows[0]!.count;
}

/**
 * Deletes what is archived of a field whose column is what counts, while nobody else contracts it: what `contract` relies on must
 * not be deleted under it.
 */
export async function emptyArchive(db: Sql, field: ChoiceField, lockCap: number | undefined): Promise<void> {
  for (const id of await listArchivedTenants(db, field)) {
    const deleteSome = async (transaction: Sql) => {
      await assertRegime(transaction, field, 'column');
      const { numAffectedRows } = await sql`
        DELETE FROM choice_archive WHERE tenant_id = ${id} AND field = ${field.coordinate} AND record_id IN (
          SELECT record_id FROM choice_archive WHERE tenant_id = ${id} AND field = ${field.coordinate} LIMIT ${BATCH_SIZE}
        )`.execute(transaction);
      return Number(numAffectedRows);
    };
    while ((await runPatiently(db, ['choice_field_state'], deleteSome, lockCap)) === BATCH_SIZE);
  }
}

/**
 * Deletes what no row needs any more: its record is gone, has another ref, or has the string that its key restores. Rows that
 * somebody holds are left to whoever writes them.
 */
export async function pruneArchive(db: Sql, field: ChoiceField): Promise<void> {
  for (const id of await listArchivedTenants(db, field))
    for (let cursor: string | undefined; ;) {
      const { rows } = await sql<{ record_id: string }>`
        SELECT record_id FROM choice_archive AS archive
        WHERE tenant_id = ${id} AND field = ${field.coordinate} AND ${cursor === undefined ? sql`true` : sql`record_id > ${cursor}`} AND ${isNeedless(field)}
        ORDER BY record_id LIMIT ${BATCH_SIZE}`.execute(db);
      if (rows.length === 0) break;
      const ids = rows.map((row) => row.record_id);
      await db.transaction().execute((transaction) => deleteNeedless(transaction, field, id, ids));
      cursor = ids.at(-1);
    }
}

/** Two statements: the second one's snapshot sees whatever was written before the rows were locked. */
async function deleteNeedless(transaction: Sql, field: ChoiceField, tenantId: string, ids: readonly string[]): Promise<void> {
  const { rows } = await sql<{ record_id: string }>`
    SELECT record_id FROM choice_archive WHERE tenant_id = ${tenantId} AND field = ${field.coordinate} AND record_id = ANY (${ids}::uuid[])
    ORDER BY record_id FOR UPDATE SKIP LOCKED`.execute(transaction);
  await sql`
    DELETE FROM choice_archive AS archive
    WHERE tenant_id = ${tenantId} AND field = ${field.coordinate} AND record_id = ANY (${rows.map((row) => row.record_id)}::uuid[])
      AND ${isNeedless(field)}`.execute(transaction);
}

function isNeedless(field: ChoiceField): RawBuilder<boolean> {
  const key = keyExpression(field, 'record.tenant_id', `record.${quoteIdentifier(field.refColumn)}`);
  return sql`NOT EXISTS (
    SELECT FROM ${sql.table(field.table)} AS record
    WHERE record.tenant_id = archive.tenant_id AND record.id = archive.record_id AND record.${sql.id(field.refColumn)} IS NOT DISTINCT FROM archive.ref
      AND record.${sql.id(field.legacyColumn)}::text IS DISTINCT FROM ${sql.raw(key)}
  )`;
}

/** Ids of the tenants of which something is archived. */
export async function listArchivedTenants(db: Sql, field: ChoiceField): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM tenant WHERE EXISTS (SELECT FROM choice_archive WHERE tenant_id = tenant.id AND field = ${field.coordinate})`.execute(
    db,
  );
  return rows.map(({ id }) => id);
}
