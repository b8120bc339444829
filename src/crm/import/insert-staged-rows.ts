import { type RawBuilder, sql } from 'kysely';
import type { ChoiceField } from '../../choice/choice-field.ts';
import { insertableRef, setStrings } from '../../choice/migrate/set-strings.ts';
import { quoteIdentifier } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { LegacyColumn } from './legacy-columns.ts';
import type { LegacyTable } from './legacy-table.ts';

/**
 * Moves the staged rows into their table, in the file's order, so that ids sort as the file does. A row that is there already
 * under its tenant and legacy id may have been edited since, and stays. Returns how many were inserted. `gone`: the choice fields
 * whose legacy column the table has no more.
 */
export async function insertStagedRows(
  db: Sql,
  table: LegacyTable,
  columns: readonly LegacyColumn[],
  gone: readonly ChoiceField[],
): Promise<number> {
  const targets = columns.map((column) => targetOf(column, gone));
  const created = targets.find(([name]) => name === 'created_at');
  if (created) targets.push(['updated_at', created[1]]);

  await sql`CREATE TEMPORARY TABLE inserted (tenant_id uuid, id uuid, legacy_id text) ON COMMIT DROP`.execute(db);
  const { numAffectedRows } = await sql`
    WITH added AS (
      INSERT INTO ${sql.table(table.table)} (${sql.join(targets.map(([name]) => sql.id(name)))})
      SELECT ${sql.join(targets.map(([, value]) => value))}
      FROM staged JOIN tenant ON tenant.slug = staged.tenant
      ${sql.join(columns.map(joinReference), sql``)}
      ORDER BY staged.file_line
      ON CONFLICT (tenant_id, legacy_id) DO NOTHING
      RETURNING tenant_id, id, legacy_id
    )
    INSERT INTO inserted SELECT tenant_id, id, legacy_id FROM added`.execute(db);
  if (gone.length > 0) await sql`ANALYZE pg_temp.inserted`.execute(db);
  for (const field of gone) await setStrings(db, field, selectStrings(field));
  return Number(numAffectedRows ?? 0n);
}

/** How many rows `insertStagedRows` would insert; it remembers them for the files that come after in the same dry run. */
export async function planStagedRows(db: Sql, table: LegacyTable): Promise<number> {
  const { numAffectedRows } = await sql`
    INSERT INTO planned (target, tenant, legacy_id)
    SELECT ${table.table}, staged.tenant, staged.legacy_id FROM staged
    WHERE NOT EXISTS (
      SELECT FROM tenant JOIN ${sql.table(table.table)} AS target ON target.tenant_id = tenant.id
      WHERE tenant.slug = staged.tenant AND target.legacy_id = staged.legacy_id
    )
    ON CONFLICT DO NOTHING`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** What a dry run would have inserted, for as long as its connection lasts. */
export async function createPlan(db: Sql): Promise<void> {
  await sql`CREATE TEMPORARY TABLE planned (target text, tenant text, legacy_id text, PRIMARY KEY (target, tenant, legacy_id))`.execute(db);
}

/** The column that a file's column fills, and with what. */
function targetOf(column: LegacyColumn, gone: readonly ChoiceField[]): [name: string, value: RawBuilder<unknown>] {
  const { choice } = column;
  if (choice === null || !gone.includes(choice)) return [column.target, valueOf(column)];
  return [choice.refColumn, insertableRef(choice, 'tenant.id', `staged.${quoteIdentifier(column.name)}`)];
}

/** The strings that the file has for the rows that were inserted. */
function selectStrings(field: ChoiceField): RawBuilder<unknown> {
  return sql`
    SELECT inserted.tenant_id, inserted.id, staged.${sql.id(field.legacyColumn)} AS value
    FROM inserted JOIN tenant ON tenant.id = inserted.tenant_id JOIN staged ON staged.tenant = tenant.slug AND staged.legacy_id = inserted.legacy_id`;
}

function valueOf(column: LegacyColumn): RawBuilder<unknown> {
  if (column.target === 'tenant_id') return sql`tenant.id`;
  if (column.references !== null) return sql`${sql.id(`referred_${column.name}`)}.id`;
  const text = sql`staged.${sql.id(column.name)}`;
  const value = column.type.cast === null ? text : sql`${text}::${sql.raw(column.type.cast)}`;
  return column.empty === 'default' ? sql`coalesce(${value}, ${sql.raw(column.default!)})` : value;
}

function joinReference(column: LegacyColumn): RawBuilder<unknown> {
  if (column.references === null) return sql``;
  const referred = sql.id(`referred_${column.name}`);
  return sql` LEFT JOIN ${sql.table(column.references)} AS ${referred} ON ${referred}.tenant_id = tenant.id AND ${referred}.legacy_id = staged.${sql.id(column.name)}`;
}
