import type { Sql } from '../../database/owner-database.ts';
import type { ChoiceField } from '../choice-field.ts';
import { legacyColumnDefault, legacyColumnType } from '../derive/columns.ts';
import type { Regime } from '../regime.ts';
import { type CatalogColumn, readColumn } from './catalog.ts';
import { deriveStructure, type StructureProblem, type StructureStep } from './structure.ts';

/** An object that is not as the field needs it where it stands. */
export type StructuralFault = DerivedFault | LegacyColumnFault;

/** One that is derived: `choices expand` puts it right. */
interface DerivedFault {
  readonly kind: StructureStep['kind'];
  /** `the trigger "…" is missing` */
  readonly message: string;
  readonly mendedByExpand: true;
}

/** The legacy column, whose own definition is its owner's to mend. */
interface LegacyColumnFault {
  readonly kind: 'column';
  readonly message: string;
  readonly mendedByExpand: false;
  /** As the catalog has it; undefined: it is gone. */
  readonly column: CatalogColumn | undefined;
}

/** Compares the catalog with what is derived for the regime that the field is in. A field at `legacy` lacks all of it. */
export async function findStructuralFaults(db: Sql, field: ChoiceField, regime: Regime): Promise<StructuralFault[]> {
  const faults: StructuralFault[] = [];
  if (regime !== 'archive') faults.push(...(await findLegacyColumnFaults(db, field, regime === 'restore')));
  const reported = new Set<string>();
  for (const { kind, name, findProblem } of deriveStructure(field, regime)) {
    const problem = reported.has(`${kind} ${name}`) ? undefined : await findProblem(db);
    if (problem === undefined) continue;
    reported.add(`${kind} ${name}`);
    faults.push({ kind, message: `the ${kind} "${name}" ${DESCRIPTIONS[problem]}`, mendedByExpand: true });
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
async function findLegacyColumnFaults(db: Sql, field: ChoiceField, filling: boolean): Promise<LegacyColumnFault[]> {
  const column = await readColumn(db, field.table, field.legacyColumn);
  const at = { kind: 'column', mendedByExpand: false, column } as const;
  if (column === undefined) return [{ ...at, message: `the column "${field.legacyColumn}" is missing` }];
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
  return [{ ...at, message: `the column "${field.legacyColumn}" is not as it is declared: ${differences.join(', ')}` }];
}
