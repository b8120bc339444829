import { choiceRegistry } from './crm/choice-fields.ts';
import { bringUpDatabase } from './crm/crm-database.ts';
import { expandFields } from './choice/migrate/expand.ts';
import { readFieldPhases } from './choice/migrate/phase.ts';
import { readFieldState } from './choice/migrate/read-regime.ts';
import type { Progress } from './choice/migrate/run.ts';
import { deriveStructure } from './choice/migrate/structure.ts';
import { ensureAppRole } from './database/app-role.ts';
import { checkAppRole } from './database/check-app-role.ts';
import { listPendingMigrations } from './database/migrate.ts';
import type { OwnerDatabase } from './database/owner-database.ts';
import { readThrough } from './database/read.ts';
import { OperationError } from './errors.ts';

/** Who the phases that `npm start` goes through by itself are recorded under. */
export const START_ACTOR = 'npm start';

/**
 * Brings the embedded database to where the server can run: migrated, and every field's structure as it is derived, whatever an
 * earlier version or a step that was cut off left. `load` brings in what was there before choices became records, so that the
 * phases have something to work on. Quick when there is nothing to do.
 */
export async function prepareEmbeddedDatabase(
  database: OwnerDatabase,
  load: () => Promise<unknown>,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  await bringUpDatabase(database, { dryRun: false });
  await load();
  const scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
  const options = { actor: START_ACTOR, onProgress };
  const predicted = await expandFields(database.sql, scope, { ...options, dryRun: true, onProgress: () => undefined });
  const lacking = scope.fields.filter((field) => predicted.fields.some((other) => other.changed && other.field === field.coordinate));
  if (lacking.length > 0) await expandFields(database.sql, { ...scope, fields: lacking }, { ...options, dryRun: false });
}

/** @throws OperationError where a real server's database lacks migrations, naming the command to run. */
export async function checkMigrations(database: OwnerDatabase): Promise<void> {
  const pending = await listPendingMigrations(database);
  if (pending.length > 0) throw new OperationError(`The database lacks the migrations ${pending.join(', ')}. Run: choices db up`);
}

/**
 * Makes sure that the structure of every field is what the API needs. It changes nothing.
 * @throws OperationError naming the command to run.
 */
export async function checkStructure(database: OwnerDatabase): Promise<void> {
  const phases = await readFieldPhases(readThrough(database.sql));
  const legacy = choiceRegistry.fields.filter((field) => !phases.has(field.coordinate)).map((field) => field.coordinate);
  if (legacy.length > 0) throw new OperationError(`These fields are at phase legacy: ${legacy.join(', ')}. Run: choices expand`);
  // A step that swaps the structure at this moment may come between what is read of it.
  const lacking = (await findLackingStructure(database)).length > 0 ? await findLackingStructure(database) : [];
  if (lacking.length > 0)
    throw new OperationError(
      `The structure of these fields is not what the server needs: ${lacking.map(({ field, problems }) => `${field} (${problems.join(', ')})`).join('; ')}. Run: choices expand`,
    );
}

/** Fields whose columns, functions, triggers, constraints or indexes are not as they are derived, and what is wrong with which. */
async function findLackingStructure({ sql: db }: OwnerDatabase): Promise<readonly { field: string; problems: readonly string[] }[]> {
  const lacking: { field: string; problems: string[] }[] = [];
  for (const field of choiceRegistry.fields) {
    const { regime } = await readFieldState(db, field);
    const problems: string[] = [];
    for (const { kind, name, findProblem } of deriveStructure(field, regime)) {
      // While a rollback fills the column, it also builds the indexes: nobody needs those to begin.
      const problem = kind === 'index' && regime === 'restore' ? undefined : await findProblem(db);
      if (problem !== undefined) problems.push(`${kind} ${name}: ${problem}`);
    }
    if (problems.length > 0) lacking.push({ field: field.coordinate, problems });
  }
  return lacking;
}

/** The restricted role, in place and really restricted. @throws OperationError where the owner cannot create it. */
export async function prepareAppRole(database: OwnerDatabase, appUrl: string | undefined): Promise<string> {
  const role = await ensureAppRole(database, appUrl);
  if (role.warning !== undefined) throw new OperationError(role.warning);
  await checkAppRole(database.sql, role.name);
  return role.name;
}
