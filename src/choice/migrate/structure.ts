import { quoteLiteral } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import { buildIndex, dropIndex, runConcurrentStatement, runUnderLocks, type TableLock } from '../../database/online-ddl.ts';
import type { ChoiceField } from '../choice-field.ts';
import { addRefColumn } from '../derive/columns.ts';
import { createFunction, type DatabaseFunction } from '../derive/database-function.ts';
import { createTrigger, type DatabaseTrigger } from '../derive/database-trigger.ts';
import { normalizeDefinition } from '../derive/definition.ts';
import { addForeignKey, dropForeignKey, foreignKeyName, validateForeignKey } from '../derive/foreign-key.ts';
import { type DerivedIndex, deriveIndexes } from '../derive/indexes.ts';
import { deriveObjects } from '../derive/objects.ts';
import type { Regime } from '../regime.ts';
import { findDroppedColumnProblem, keepDroppedColumn } from './dropped-column.ts';
import { type CatalogEntry, columnExists, functionExists, functionIsCurrent, readConstraint, readIndex, readTrigger } from './catalog.ts';

/** What a derived object can lack: it is not there, is not as it is derived, does not fire, or was not proved or built to its end. */
export type StructureProblem = 'missing' | 'changed' | 'disabled' | 'not valid';

/** One piece of derived DDL: what is wrong with it, and how it is put right. */
export interface StructureStep {
  readonly kind: 'column' | 'function' | 'trigger' | 'constraint' | 'index';
  readonly name: string;
  readonly statement: string;
  /** undefined: it is as it is derived. */
  findProblem(db: Sql): Promise<StructureProblem | undefined>;
  /** Puts it right; writers wait no longer than the locks of `online-ddl` let them. */
  run(db: Sql, lockCap: number | undefined): Promise<void>;
}

/**
 * What a field needs beside its legacy column. The triggers come before the foreign key is proved and before any backfill, so
 * that no write goes by unseen.
 */
export function deriveStructure(field: ChoiceField, regime: Regime): readonly StructureStep[] {
  const { functions, triggers } = deriveObjects(field, regime);
  return [
    refColumnStep(field),
    ...functions.map((derived) => functionStep(field, derived)),
    ...triggers.map((trigger) => triggerStep(field, trigger)),
    foreignKeyStep(field),
    validationStep(field),
    ...deriveIndexes(field, regime).map((index) => indexStep(field.table, index)),
    ...(regime === 'archive' ? [droppedColumnStep(field)] : []),
  ];
}

/** The step that builds one index of a table. */
export function indexStep(table: string, index: DerivedIndex): StructureStep {
  const built = { ...index, table };
  return {
    kind: 'index',
    name: index.name,
    statement: index.statement,
    findProblem: async (db) => compare(await readIndex(db, index.name), index.statement, 'not valid'),
    run: async (db, cap) => {
      if (await readIndex(db, index.name)) await dropIndex(db, built, cap);
      await buildIndex(db, built, cap);
    },
  };
}

function refColumnStep(field: ChoiceField): StructureStep {
  const statement = addRefColumn(field);
  return {
    kind: 'column',
    name: field.refColumn,
    statement,
    findProblem: async (db) => ((await columnExists(db, field.table, field.refColumn)) ? undefined : 'missing'),
    run: (db, cap) => runUnderLocks(db, [{ table: field.table, mode: 'ACCESS EXCLUSIVE' }], [statement], cap),
  };
}

function functionStep(field: ChoiceField, derived: DatabaseFunction): StructureStep {
  const statement = createFunction(derived);
  return {
    kind: 'function',
    name: derived.name,
    statement,
    findProblem: async (db) => {
      if (await functionIsCurrent(db, field.table, derived)) return undefined;
      return (await functionExists(db, derived.name)) ? 'changed' : 'missing';
    },
    run: (db, cap) => runUnderLocks(db, [], [statement, restartEvidence(field)], cap, ['choice_field_state']),
  };
}

function triggerStep(field: ChoiceField, trigger: DatabaseTrigger): StructureStep {
  const statement = createTrigger(trigger);
  return {
    kind: 'trigger',
    name: trigger.name,
    statement,
    findProblem: async (db) => compare(await readTrigger(db, trigger), statement, 'disabled'),
    run: (db, cap) =>
      runUnderLocks(db, [{ table: trigger.table, mode: 'SHARE ROW EXCLUSIVE' }], [statement, restartEvidence(field)], cap, [
        'choice_field_state',
      ]),
  };
}

/**
 * Who wrote only the legacy column while a function or a trigger was not as it is now, nobody knows: committed with it, so that no
 * run is cut off in between. At `legacy` there is no such row yet.
 */
function restartEvidence(field: ChoiceField): string {
  return `UPDATE choice_field_state SET expanded_at = clock_timestamp() WHERE field = ${quoteLiteral(field.coordinate)}`;
}

/** A constraint of that name that is another one gives way. */
function foreignKeyStep(field: ChoiceField): StructureStep {
  const statement = addForeignKey(field);
  const find = (db: Sql) => readConstraint(db, field.table, foreignKeyName(field));
  return {
    kind: 'constraint',
    name: foreignKeyName(field),
    statement,
    findProblem: async (db) => compare(await find(db), statement, undefined),
    run: async (db, cap) => {
      const tables = [field.table, field.type.table];
      if (await find(db)) await runUnderLocks(db, lockAll(tables, 'ACCESS EXCLUSIVE'), [dropForeignKey(field)], cap);
      await runUnderLocks(db, lockAll(tables, 'SHARE ROW EXCLUSIVE'), [statement], cap);
    },
  };
}

function validationStep(field: ChoiceField): StructureStep {
  const statement = validateForeignKey(field);
  return {
    kind: 'constraint',
    name: foreignKeyName(field),
    statement,
    // One that is replaced has to be validated again.
    findProblem: async (db) => {
      const found = await readConstraint(db, field.table, foreignKeyName(field));
      return found?.valid === true && compare(found, addForeignKey(field), undefined) === undefined ? undefined : 'not valid';
    },
    run: (db) => runConcurrentStatement(db, statement),
  };
}

/** Fields that were contracted before it was kept lack it. */
function droppedColumnStep(field: ChoiceField): StructureStep {
  const statement = keepDroppedColumn(field);
  return {
    kind: 'constraint',
    name: `${field.table}.${field.legacyColumn} NOT NULL, DEFAULT`,
    statement,
    findProblem: (db) => findDroppedColumnProblem(db, field),
    run: (db, cap) => runUnderLocks(db, [], [statement], cap, ['choice_dropped_column']),
  };
}

export function lockAll(tables: readonly string[], mode: TableLock['mode']): readonly TableLock[] {
  return tables.map((table) => ({ table, mode }));
}

function compare(
  entry: CatalogEntry | undefined,
  statement: string,
  ifInvalid: StructureProblem | undefined,
): StructureProblem | undefined {
  if (entry === undefined) return 'missing';
  if (normalizeDefinition(entry.definition) !== normalizeDefinition(statement)) return 'changed';
  return entry.valid ? undefined : ifInvalid;
}
