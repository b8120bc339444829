import { choiceRegistry } from './crm/choice-fields.ts';
import { expandFields } from './choice/migrate/expand.ts';
import { readFieldPhases } from './choice/migrate/phase.ts';
import type { Progress } from './choice/migrate/run.ts';
import { ensureAppRole } from './database/app-role.ts';
import { checkAppRole } from './database/check-app-role.ts';
import { listPendingMigrations, migrateDatabase } from './database/migrate.ts';
import type { OwnerDatabase } from './database/owner-database.ts';
import { readThrough } from './database/read.ts';
import { OperationError } from './errors.ts';

/** Who the phases that `npm start` goes through by itself are recorded under. */
export const START_ACTOR = 'npm start';

/**
 * Brings the embedded database to where the server can run: migrated and expanded. `load` brings in what was there before
 * choices became records, so that the phases have something to work on. Quick when there is nothing to do.
 */
export async function prepareEmbeddedDatabase(
  database: OwnerDatabase,
  load: () => Promise<unknown>,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  await migrateDatabase(database, { dryRun: false });
  await load();
  const phases = await readFieldPhases(readThrough(database.sql));
  if (choiceRegistry.fields.every((field) => phases.has(field.coordinate))) return;
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
  await expandFields(database.sql, scope, { dryRun: false, actor: START_ACTOR, onProgress });
}

/**
 * Makes sure that a real server's database is where the API needs it. It changes nothing but the restricted role's grants.
 * @throws OperationError naming the command to run.
 */
export async function checkDatabase(database: OwnerDatabase): Promise<void> {
  const pending = await listPendingMigrations(database);
  if (pending.length > 0) throw new OperationError(`The database lacks the migrations ${pending.join(', ')}. Run: choices db up`);
  const phases = await readFieldPhases(readThrough(database.sql));
  const legacy = choiceRegistry.fields.filter((field) => !phases.has(field.coordinate)).map((field) => field.coordinate);
  if (legacy.length > 0) throw new OperationError(`These fields are at phase legacy: ${legacy.join(', ')}. Run: choices expand`);
}

/** The restricted role, in place and really restricted. @throws OperationError where the owner cannot create it. */
export async function prepareAppRole(database: OwnerDatabase, appUrl: string | undefined): Promise<string> {
  const role = await ensureAppRole(database, appUrl);
  if (role.warning !== undefined) throw new OperationError(role.warning);
  await checkAppRole(database.sql, role.name);
  return role.name;
}
