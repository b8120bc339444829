import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { readFieldState } from '../../../src/choice/migrate/read-regime.ts';
import { findStructuralFaults, type StructuralFault } from '../../../src/choice/migrate/structural-fault.ts';
import type { Sql } from '../../../src/database/owner-database.ts';

/** What is wrong with the structure of a field, for the regime that it is in. */
export async function findFaults(db: Sql, field: ChoiceField): Promise<StructuralFault[]> {
  return findStructuralFaults(db, field, (await readFieldState(db, field)).regime);
}
