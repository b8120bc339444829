import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { legacyColumnDefault, legacyColumnType } from '../derive/columns.ts';
import { readColumn } from './catalog.ts';
import { readFieldState } from './read-regime.ts';
import { deriveStructure, type StructureProblem, type StructureStep } from './structure.ts';

/** A derived object that is not as the field needs it where it stands. */
export interface StructuralFault {
  readonly kind: StructureStep['kind'];
  readonly name: string;
  readonly problem: StructureProblem;
  /** `the trigger "…" is missing` */
  readonly message: string;
  /** Whether `choices expand` puts it right; the legacy column's own definition is its owner's to mend. */
  readonly mendedByExpand: boolean;
}

/** Compares the catalog with what is derived for the regime that the field is in. A field at `legacy` lacks all of it. */
export async function findStructuralFaults(db: Sql, field: ChoiceField): Promise<StructuralFault[]> {
  const { regime } = await readFieldState(db, field);
  const faults: StructuralFault[] = [];
  if (regime !== 'archive') faults.push(...(await findLegacyColumnFaults(db, field, regime === 'restore')));
  const reported = new Set<string>();
  for (const { kind, name, findProblem } of deriveStructure(field, regime)) {
    const problem = reported.has(`${kind} ${name}`) ? undefined : await findProblem(db);
    if (problem === undefined) continue;
    reported.add(`${kind} ${name}`);
    faults.push({ kind, name, problem, message: `the ${kind} "${name}" ${DESCRIPTIONS[problem]}`, mendedByExpand: true });
  }
  return faults;
}

const DESCRIPTIONS: Readonly<Record<StructureProblem, string>> = {
  missing: 'is missing',
  changed: 'is not as it is derived',
  disabled: 'is disabled',
  'not valid': 'is not valid',
};

/** It has to come back as it was: `rollback` makes it from the declaration. A column that is being filled may not be NOT NULL yet. */
async function findLegacyColumnFaults(db: Sql, field: ChoiceField, filling: boolean): Promise<StructuralFault[]> {
  const at = { kind: 'column', name: field.legacyColumn, mendedByExpand: false } as const;
  const column = await readColumn(db, field.table, field.legacyColumn);
  if (column === undefined) return [{ ...at, problem: 'missing', message: `the column "${field.legacyColumn}" is missing` }];
  const differences = [
    ...(column.type === legacyColumnType(field) ? [] : [`its type is ${column.type}, declared is ${legacyColumnType(field)}`]),
    ...(filling || column.required === field.required
      ? []
      : [`it is ${column.required ? 'NOT NULL' : 'nullable'}, declared is the contrary`]),
    ...(column.default === legacyColumnDefault(field)
      ? []
      : [`its default is ${column.default ?? 'none'}, declared is ${legacyColumnDefault(field) ?? 'none'}`]),
  ];
  if (differences.length === 0) return [];
  return [{ ...at, problem: 'changed', message: `the column "${field.legacyColumn}" is not as it is declared: ${differences.join(', ')}` }];
}
