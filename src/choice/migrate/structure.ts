import { sql } from 'kysely';
import { qualify, quoteIdentifier } from '../../database/identifier.ts';
import { runConcurrentStatement, runLockingStatement } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { addRefColumn } from '../derive/columns.ts';
import { normalizeDefinition } from '../derive/definition.ts';
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

/** One piece of derived DDL: whether it is there, as it is derived, and how it gets there. */
export interface StructureStep {
  readonly statement: string;
  isDone(db: Sql): Promise<boolean>;
  run(db: Sql, lockCap: number | undefined): Promise<void>;
}

/** What the catalog says of an object of a name: how it is defined, and whether it holds. */
interface CatalogEntry {
  readonly definition: string;
  readonly valid: boolean;
}

/** The triggers come before the foreign key is proved and before any backfill, so that no write goes by unseen. */
export function deriveStructure(field: ChoiceField): readonly StructureStep[] {
  return [
    lockingStep(field, addRefColumn(field), (db) => columnExists(db, field.table, field.refColumn)),
    lockingStep(field, createSyncFunction(field), (db) => functionIsCurrent(db, field)),
    ...deriveSyncTriggers(field).map((trigger) => lockingStep(field, trigger.statement, (db) => triggerIsCurrent(db, field, trigger))),
    foreignKeyStep(field),
    {
      statement: validateForeignKey(field),
      isDone: async (db) => (await readForeignKey(db, field))?.valid === true,
      run: (db) => runConcurrentStatement(db, validateForeignKey(field)),
    },
    ...deriveIndexes(field).map((index) => indexStep(field, index)),
  ];
}

/** Whether a table has a column. */
export async function columnExists(db: Sql, table: string, column: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_attribute WHERE attrelid = to_regclass(${qualify(table)}) AND attname = ${column} AND NOT attisdropped`.execute(db);
  return rows.length > 0;
}

function lockingStep(field: ChoiceField, statement: string, isDone: (db: Sql) => Promise<boolean>): StructureStep {
  return { statement, isDone, run: (db, cap) => runLockingStatement(db, field.table, statement, cap) };
}

function foreignKeyStep(field: ChoiceField): StructureStep {
  const statement = addForeignKey(field);
  return {
    statement,
    isDone: async (db) => isAsDerived(await readForeignKey(db, field), statement),
    run: async (db, cap) => {
      const drop = `ALTER TABLE ${qualify(field.table)} DROP CONSTRAINT ${quoteIdentifier(foreignKeyName(field))}`;
      if (await readForeignKey(db, field)) await runLockingStatement(db, field.table, drop, cap);
      await runLockingStatement(db, field.table, statement, cap);
    },
  };
}

function indexStep(field: ChoiceField, index: DerivedIndex): StructureStep {
  const drop = `DROP INDEX IF EXISTS ${quoteIdentifier(index.name)}`;
  return {
    statement: index.statement,
    isDone: async (db) => {
      const entry = await readIndex(db, index);
      return entry?.valid === true && isAsDerived(entry, index.statement);
    },
    run: async (db, cap) => {
      if (await readIndex(db, index)) await runLockingStatement(db, field.table, drop, cap);
      try {
        await runConcurrentStatement(db, index.statement);
      } catch (error) {
        // One try: an invalid index that stays is rebuilt by the next run, and the reason of this failure must not wait.
        await runLockingStatement(db, field.table, drop, 0).catch(() => undefined);
        throw error;
      }
    },
  };
}

function isAsDerived(entry: CatalogEntry | undefined, statement: string): boolean {
  return entry !== undefined && normalizeDefinition(entry.definition) === normalizeDefinition(statement);
}

/** SECURITY DEFINER gives the function its owner's sight: that has to be the table's owner. */
async function functionIsCurrent(db: Sql, field: ChoiceField): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname = ${syncFunctionName(field)} AND prosrc = ${syncFunctionBody(field)} AND prosecdef
      AND proconfig = ARRAY[${SYNC_FUNCTION_SETTING}] AND NOT has_function_privilege('public', oid, 'EXECUTE')
      AND proowner = (SELECT relowner FROM pg_class WHERE oid = to_regclass(${qualify(field.table)}))`.execute(db);
  return rows.length > 0;
}

async function triggerIsCurrent(db: Sql, field: ChoiceField, trigger: DerivedTrigger): Promise<boolean> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_triggerdef(oid) AS definition, tgenabled IN ('O', 'A') AS valid
    FROM pg_trigger WHERE tgrelid = to_regclass(${qualify(field.table)}) AND tgname = ${trigger.name}`.execute(db);
  return rows[0]?.valid === true && isAsDerived(rows[0], trigger.statement);
}

async function readForeignKey(db: Sql, field: ChoiceField): Promise<CatalogEntry | undefined> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_constraintdef(oid) AS definition, convalidated AS valid
    FROM pg_constraint WHERE conrelid = to_regclass(${qualify(field.table)}) AND conname = ${foreignKeyName(field)}`.execute(db);
  return rows[0];
}

async function readIndex(db: Sql, index: DerivedIndex): Promise<CatalogEntry | undefined> {
  const { rows } = await sql<CatalogEntry>`
    SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(${qualify(index.name)})`.execute(
    db,
  );
  return rows[0];
}
