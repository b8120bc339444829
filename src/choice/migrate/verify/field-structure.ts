import { qualify, quoteIdentifier, quoteLiteral } from '../../../database/identifier.ts';
import { legacyColumnDefault, legacyColumnType } from '../../derive/columns.ts';
import type { ChoiceField } from '../../choice-field.ts';
import type { CatalogColumn } from '../catalog.ts';
import { findStructuralFaults, type StructuralFault } from '../structural-fault.ts';
import { byCommand, type Finding, type FindingCode, type Remedy } from './finding.ts';
import type { Verification } from './verification.ts';

const CODES: Readonly<Record<StructuralFault['kind'], FindingCode>> = {
  column: 'COLUMN',
  function: 'TRIGGER',
  trigger: 'TRIGGER',
  constraint: 'CONSTRAINT',
  index: 'INDEX',
};

/** Columns, functions, triggers, constraints and indexes that are derived from the field. At `legacy` it has none of them. */
export async function findFieldStructure({ db, field, state }: Verification): Promise<Finding[]> {
  const at = { field: field.coordinate, sampleIds: [] };
  const expand = byCommand('expand', '--field', field.coordinate);
  const faults = await findStructuralFaults(db, field, state.regime);
  const finish = state.regime === 'restore' ? byCommand('rollback', '--to', 'preferred', '--field', field.coordinate) : expand;
  const findings: Finding[] = [];
  if (state.phase === 'legacy')
    findings.push({ ...at, code: 'NOT_EXPANDED', message: 'the field is at phase legacy', count: faults.length, ...expand });
  for (const fault of faults) {
    const told = { ...at, code: CODES[fault.kind], message: fault.message, count: 1 };
    if (!fault.mendedByExpand) findings.push({ ...told, ...mendLegacyColumn(field, fault.column) });
    else if (state.phase !== 'legacy') findings.push({ ...told, ...finish });
  }
  return findings;
}

/** What it held, no command can bring back; what it is like, the declaration says. */
function mendLegacyColumn(field: ChoiceField, actual: CatalogColumn | undefined): Remedy {
  if (!actual) return { remedy: `restore ${field.table}.${field.legacyColumn} from a backup` };
  const column = quoteIdentifier(field.legacyColumn);
  const actions = [
    ...(actual.type === legacyColumnType(field) ? [] : [`TYPE ${legacyColumnType(field)}`]),
    ...(actual.required === field.required ? [] : [`${field.required ? 'SET' : 'DROP'} NOT NULL`]),
    ...(actual.default === legacyColumnDefault(field)
      ? []
      : [field.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${quoteLiteral(field.default)}`]),
  ];
  return { remedy: `ALTER TABLE ${qualify(field.table)} ${actions.map((action) => `ALTER COLUMN ${column} ${action}`).join(', ')}` };
}
