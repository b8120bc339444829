import { columnExists } from '../choice/migrate/catalog.ts';
import { indexStep } from '../choice/migrate/structure.ts';
import { withExclusive } from '../database/exclusive.ts';
import { listPendingMigrations, migrateDatabase } from '../database/migrate.ts';
import type { OwnerDatabase, Sql } from '../database/owner-database.ts';
import { crmRecords } from './crm-records.ts';
import { deriveOrderIndexes } from './record/order-indexes.ts';

const steps = crmRecords.flatMap((record) =>
  deriveOrderIndexes(record).map((index) => ({ ...indexStep(record.table, index), table: record.table })),
);

/** Migrations that a database has not had, and its tables' indexes that are missing or not as they are derived. */
export interface DatabaseLack {
  readonly pending: readonly string[];
  readonly lackingIndexes: readonly string[];
}

export async function findDatabaseLack(database: OwnerDatabase): Promise<DatabaseLack> {
  const pending = await listPendingMigrations(database);
  return { pending, lackingIndexes: (await findLackingIndexes(database.sql)).map(({ name }) => name) };
}

/**
 * Runs the migrations, then builds the indexes that pages in some order walk along, while others read and write; one process at a
 * time. With `dryRun` it only says what is lacking. What was done stays if a later part fails, and the next run goes on there.
 * @throws OperationError naming the migration that failed, or the sessions that kept a table for so long that no index was begun.
 */
export async function bringUpDatabase(
  database: OwnerDatabase,
  { dryRun }: { dryRun: boolean },
): Promise<DatabaseLack & { applied: readonly string[]; builtIndexes: readonly string[] }> {
  const { applied } = await migrateDatabase(database, { dryRun });
  const builtIndexes = dryRun ? [] : await buildLackingIndexes(database.sql);
  return { applied, builtIndexes, ...(dryRun ? await findDatabaseLack(database) : { pending: [], lackingIndexes: [] }) };
}

async function buildLackingIndexes(db: Sql): Promise<string[]> {
  if ((await findLackingIndexes(db)).length === 0) return [];
  return withExclusive(db, 'order indexes', async () => {
    // Another process may have built them meanwhile.
    const lacking = await findLackingIndexes(db);
    for (const step of lacking) await step.run(db, undefined);
    return lacking.map(({ name }) => name);
  });
}

async function findLackingIndexes(db: Sql): Promise<typeof steps> {
  const lacking: typeof steps = [];
  for (const step of steps) {
    const isThere = await columnExists(db, step.table, 'tenant_id');
    if (isThere && (await step.findProblem(db)) !== undefined) lacking.push(step);
  }
  return lacking;
}
