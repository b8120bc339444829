import { type RawBuilder, sql } from 'kysely';
import { quoteCell } from '../../csv/quote-cell.ts';
import { type ProblemList, PROBLEMS_KEPT } from '../../csv/row-problem.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ImportProblem, ImportProblemCode } from './import-problem.ts';
import type { LegacyColumn } from './legacy-columns.ts';

interface BadRow {
  readonly line: number;
  readonly value: string;
  readonly total: number;
}

/** Adds what only the rows together, or the database, can tell: unknown tenants and references, and rows that come twice. */
export async function checkStagedRows(
  db: Sql,
  options: { columns: readonly LegacyColumn[]; createTenants: boolean; dryRun: boolean },
  problems: ProblemList<ImportProblem>,
): Promise<void> {
  if (!options.createTenants) {
    const condition = sql`NOT EXISTS (SELECT FROM tenant WHERE tenant.slug = staged.tenant)`;
    const bad = await selectBadRows(db, sql`staged.tenant`, condition);
    add(
      problems,
      'UNKNOWN_TENANT',
      'tenant',
      bad,
      (value) => `expected the slug of a tenant (with --create-tenants, missing ones are created), got ${quoteCell(value)}`,
    );
  }
  for (const column of options.columns) {
    if (column.references === null) continue;
    const bad = await selectBadRows(db, sql`staged.${sql.id(column.name)}`, refersToNothing(column, column.references, options));
    add(
      problems,
      'UNKNOWN_REFERENCE',
      column.name,
      bad,
      (value) => `expected the legacy_id of one of the tenant's records in the table ${column.references}, got ${quoteCell(value)}`,
    );
  }
  add(
    problems,
    'DUPLICATE_ROW',
    'legacy_id',
    await selectRepeatedRows(db),
    (value) => `expected a legacy_id once per tenant, got the same as in line ${value}`,
  );
}

/** The slugs of the file that no tenant has, sorted: two imports that create the same ones do so in the same order. */
export async function findMissingTenants(db: Sql): Promise<string[]> {
  const { rows } = await sql<{ slug: string }>`
    SELECT DISTINCT tenant AS slug FROM staged
    WHERE NOT EXISTS (SELECT FROM tenant WHERE tenant.slug = staged.tenant)`.execute(db);
  return rows.map((row) => row.slug).sort();
}

/** A dry run also takes rows that a file before this one would have brought. A tenant that is unknown is a problem of its own. */
function refersToNothing(column: LegacyColumn, table: string, options: { createTenants: boolean; dryRun: boolean }): RawBuilder<unknown> {
  const reference = sql`staged.${sql.id(column.name)}`;
  return sql`
    ${reference} IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM tenant JOIN ${sql.table(table)} AS target ON target.tenant_id = tenant.id
      WHERE tenant.slug = staged.tenant AND target.legacy_id = ${reference}
    )
    ${options.createTenants ? sql`` : sql`AND EXISTS (SELECT FROM tenant WHERE tenant.slug = staged.tenant)`}
    ${options.dryRun ? sql`AND NOT EXISTS (SELECT FROM planned WHERE planned.target = ${table} AND planned.tenant = staged.tenant AND planned.legacy_id = ${reference})` : sql``}`;
}

async function selectBadRows(db: Sql, value: RawBuilder<unknown>, condition: RawBuilder<unknown>): Promise<BadRow[]> {
  const { rows } = await sql<BadRow>`
    SELECT file_line::int AS line, ${value} AS value, count(*) OVER ()::int AS total
    FROM staged WHERE ${condition} ORDER BY file_line LIMIT ${PROBLEMS_KEPT}`.execute(db);
  return rows;
}

async function selectRepeatedRows(db: Sql): Promise<BadRow[]> {
  const { rows } = await sql<BadRow>`
    WITH numbered AS (
      SELECT file_line, min(file_line) OVER (PARTITION BY tenant, legacy_id) AS first_line FROM staged
    )
    SELECT file_line::int AS line, first_line::text AS value, count(*) OVER ()::int AS total
    FROM numbered WHERE file_line > first_line ORDER BY file_line LIMIT ${PROBLEMS_KEPT}`.execute(db);
  return rows;
}

function add(
  problems: ProblemList<ImportProblem>,
  code: ImportProblemCode,
  column: string,
  bad: readonly BadRow[],
  say: (value: string) => string,
): void {
  problems.addMany(
    bad.map(({ line, value }) => ({ code, line, column, message: say(value) })),
    bad[0]?.total ?? 0,
  );
}
