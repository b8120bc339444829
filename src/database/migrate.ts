import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { OperationError } from '../errors.ts';
import { quoteIdentifier } from './identifier.ts';
import { migrations } from './migrations/list.ts';
import type { OwnerDatabase } from './owner-database.ts';

/**
 * Runs the numbered migrations that this database has not had, each in a transaction of its own, so that none waits while it holds the
 * locks of another; one at a time across processes. With `dryRun` it only says which ones those are.
 * @throws OperationError naming the migration that failed; nothing of that one is kept, those before it are.
 */
export async function migrateDatabase(
  database: OwnerDatabase,
  options: { dryRun: boolean },
): Promise<{ applied: string[]; pending: string[] }> {
  const migrator = createMigrator(database);
  const pending = await listPendingMigrations(database);
  if (pending.length > 0) await assertMayCreateTables(database);
  if (options.dryRun || pending.length === 0) return { applied: [], pending };

  const applied: string[] = [];
  for (;;) {
    const { error, results = [] } = await migrator.migrateUp();
    const [step] = results;
    if (error)
      throw new OperationError(
        `${step ? `The migration ${step.migrationName}` : 'The migration'} failed and nothing of it was kept: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    if (step === undefined) return { applied, pending: [] };
    applied.push(step.migrationName);
  }
}

/** From PostgreSQL 15 on, who owns a database may not create tables in its schema public if somebody else owns that. */
async function assertMayCreateTables(database: OwnerDatabase): Promise<void> {
  const { rows } = await sql<{ owner: string; may: boolean }>`
    SELECT current_user AS owner, has_schema_privilege('public', 'CREATE') AS may`.execute(database.sql);
  const { owner, may } = rows[0]!;
  if (!may)
    throw new OperationError(
      `The role ${quoteIdentifier(owner)} may not create tables. Have the owner of the schema run: GRANT CREATE ON SCHEMA public TO ${quoteIdentifier(owner)}`,
    );
}

/** The names of the migrations that `choices db up` would run. */
export async function listPendingMigrations(database: OwnerDatabase): Promise<string[]> {
  const known = await createMigrator(database).getMigrations();
  return known.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name);
}

function createMigrator(database: OwnerDatabase): Migrator {
  return new Migrator({
    db: database.sql,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, text]): [string, Migration] => [
            name,
            { up: async (db) => void (await sql.raw(text).execute(db)) },
          ]),
        ),
    },
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
