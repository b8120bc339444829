import { sql } from 'kysely';
import { readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import { indexState, runConcurrentStatement, runLockingStatement, withExclusive } from '../../database/online-ddl.ts';
import { quoteIdentifier } from '../../database/identifier.ts';
import { type Blocker, BlockedError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { addRefColumn } from '../derive/columns.ts';
import { addForeignKey, foreignKeyName, validateForeignKey } from '../derive/foreign-key.ts';
import { type DerivedIndex, deriveIndexes } from '../derive/indexes.ts';
import {
  createSyncFunction,
  deriveSyncTriggers,
  type DerivedTrigger,
  SYNC_FUNCTION_SETTING,
  syncFunctionBody,
  syncFunctionName,
} from '../derive/sync-trigger.ts';
import { readFieldPhases, recordPhaseChange } from './phase.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';

export interface ExpandResult {
  readonly ok: true;
  readonly fields: readonly { readonly field: string; readonly changed: boolean; readonly statements: readonly string[] }[];
}

/** `lockCap`: how long to try for a lock that blocks writers, in milliseconds. */
export type ExpandOptions = RunOptions & { readonly lockCap?: number };

/** One piece of derived DDL: whether it is there, and how it gets there. */
interface Step {
  readonly statement: string;
  isDone(db: Sql): Promise<boolean>;
  run(db: Sql, lockCap: number | undefined): Promise<void>;
}

/**
 * Puts ref column, triggers, foreign key and indexes of each field in place, without making a writer wait longer than 100 ms.
 * What is there already stays; a run that was cut off goes on where it stopped.
 * @throws BlockedError where the tables that `choices db up` creates are missing.
 */
export async function expandFields(db: Sql, scope: Scope, options: ExpandOptions): Promise<ExpandResult> {
  const blockers = (await Promise.all(scope.fields.map((field) => findMissingColumns(db, field)))).flat();
  if (blockers.length > 0) throw new BlockedError(blockers);
  // VALIDATE over rows that it cannot see would call a bad foreign key good.
  await assertSeesEveryRow(db, scope.fields);

  const expandAll = async () => {
    const fields: { field: string; changed: boolean; statements: string[] }[] = [];
    for (const field of scope.fields) fields.push(await expandField(db, field, options));
    return { ok: true as const, fields };
  };
  return options.dryRun ? expandAll() : withExclusive(db, 'choices ddl', expandAll);
}

async function expandField(db: Sql, field: ChoiceField, options: ExpandOptions) {
  const steps = deriveSteps(field);
  const statements: string[] = [];
  for (const [done, step] of steps.entries()) {
    options.onProgress({ step: 'expand', field: field.coordinate, done, total: steps.length });
    if (await step.isDone(db)) continue;
    statements.push(step.statement);
    if (!options.dryRun) await step.run(db, options.lockCap);
  }
  const phase = (await readFieldPhases(readThrough(db))).get(field.coordinate) ?? 'legacy';
  if (phase === 'legacy' && !options.dryRun) await markExpanded(db, field, options.actor);
  options.onProgress({ step: 'expand', field: field.coordinate, done: steps.length, total: steps.length });
  return { field: field.coordinate, changed: statements.length > 0 || phase === 'legacy', statements };
}

/** The triggers come before the foreign key is proved and before any backfill, so that no write goes by unseen. */
function deriveSteps(field: ChoiceField): readonly Step[] {
  return [
    lockingStep(field, addRefColumn(field), (db) => columnExists(db, field.table, field.refColumn)),
    lockingStep(field, createSyncFunction(field), (db) => functionIsCurrent(db, field)),
    ...deriveSyncTriggers(field).map((trigger) => lockingStep(field, trigger.statement, (db) => triggerIsThere(db, field, trigger))),
    lockingStep(field, addForeignKey(field), async (db) => (await foreignKeyState(db, field)) !== 'missing'),
    {
      statement: validateForeignKey(field),
      isDone: async (db) => (await foreignKeyState(db, field)) === 'valid',
      run: (db) => runConcurrentStatement(db, validateForeignKey(field)),
    },
    ...deriveIndexes(field).map((index) => indexStep(field, index)),
  ];
}

function lockingStep(field: ChoiceField, statement: string, isDone: (db: Sql) => Promise<boolean>): Step {
  return { statement, isDone, run: (db, cap) => runLockingStatement(db, field.table, statement, cap) };
}

function indexStep(field: ChoiceField, index: DerivedIndex): Step {
  const drop = () => `DROP INDEX IF EXISTS ${quoteIdentifier(index.name)}`;
  return {
    statement: index.statement,
    isDone: async (db) => (await indexState(db, index.name)) === 'valid',
    run: async (db, cap) => {
      if ((await indexState(db, index.name)) === 'invalid') await runLockingStatement(db, field.table, drop(), cap);
      try {
        await runConcurrentStatement(db, index.statement);
      } catch (error) {
        // One try: an invalid index that stays is rebuilt by the next run, and the reason of this failure must not wait.
        await runLockingStatement(db, field.table, drop(), 0).catch(() => undefined);
        throw error;
      }
    },
  };
}

async function markExpanded(db: Sql, field: ChoiceField, actor: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`INSERT INTO choice_field_state (field, phase) VALUES (${field.coordinate}, 'expanded')`.execute(transaction);
    await recordPhaseChange(transaction, { field, tenants: undefined, from: 'legacy', to: 'expanded', actor });
  });
}

async function findMissingColumns(db: Sql, field: ChoiceField): Promise<Blocker[]> {
  const [legacy, choices] = await Promise.all([
    columnExists(db, field.table, field.legacyColumn),
    columnExists(db, field.type.table, 'id'),
  ]);
  if (legacy && choices) return [];
  const missing = legacy ? `the table "${field.type.table}"` : `the column "${field.table}"."${field.legacyColumn}"`;
  return [{ code: 'NOT_MIGRATED', field: field.coordinate, message: `${field.coordinate}: ${missing} does not exist. Run: choices db up` }];
}

async function columnExists(db: Sql, table: string, column: string): Promise<boolean> {
  return exists(
    db,
    sql`SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident(${table})) AND attname = ${column} AND NOT attisdropped`,
  );
}

async function functionIsCurrent(db: Sql, field: ChoiceField): Promise<boolean> {
  return exists(
    db,
    sql`SELECT FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname = ${syncFunctionName(field)} AND prosrc = ${syncFunctionBody(field)} AND prosecdef
          AND proconfig = ARRAY[${SYNC_FUNCTION_SETTING}] AND NOT has_function_privilege('public', oid, 'EXECUTE')`,
  );
}

async function triggerIsThere(db: Sql, field: ChoiceField, trigger: DerivedTrigger): Promise<boolean> {
  return exists(
    db,
    sql`SELECT FROM pg_trigger
        WHERE tgrelid = to_regclass('public.' || quote_ident(${field.table})) AND tgname = ${trigger.name} AND tgenabled IN ('O', 'A')
          AND tgtype = ${trigger.catalogType} AND tgfoid = to_regproc('public.' || quote_ident(${syncFunctionName(field)})) AND tgattr = ''`,
  );
}

async function foreignKeyState(db: Sql, field: ChoiceField): Promise<'missing' | 'unproved' | 'valid'> {
  const { rows } = await sql<{ convalidated: boolean }>`
    SELECT convalidated FROM pg_constraint
    WHERE conrelid = to_regclass('public.' || quote_ident(${field.table})) AND conname = ${foreignKeyName(field)}`.execute(db);
  if (rows.length === 0) return 'missing';
  return rows[0]!.convalidated ? 'valid' : 'unproved';
}

async function exists(db: Sql, query: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`SELECT EXISTS (${query}) AS found`.execute(db);
  return rows[0]!.found;
}
