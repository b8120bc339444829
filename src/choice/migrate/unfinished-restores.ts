import { findExclusiveHolders } from '../../database/exclusive.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { readFieldState } from './read-regime.ts';

/** Contracted fields whose column a rollback that was cut off left half filled: as long as nobody finishes it, no ref can be set. */
export async function findUnfinishedRestores(db: Sql, fields: readonly ChoiceField[]): Promise<Blocker[]> {
  const blockers: Blocker[] = [];
  for (const field of fields) if (await isLeftRestoring(db, field)) blockers.push(describe(field));
  return blockers;
}

/** Looked at again once nobody was seen to work on it: whoever did may just have finished it. */
async function isLeftRestoring(db: Sql, field: ChoiceField): Promise<boolean> {
  if (!(await isRestoring(db, field)) || (await findExclusiveHolders(db, ['choices ddl'])).size > 0) return false;
  return isRestoring(db, field);
}

async function isRestoring(db: Sql, field: ChoiceField): Promise<boolean> {
  return (await readFieldState(db, field)).regime === 'restore';
}

function describe({ coordinate }: ChoiceField): Blocker {
  return {
    code: 'RESTORE_UNFINISHED',
    field: coordinate,
    message:
      `${coordinate}: a rollback that was to bring its column back was cut off, and until that is finished its rows get no refs. ` +
      `Run: choices rollback --field ${coordinate} --to preferred, or, to drop the column again: choices contract --field ${coordinate}`,
  };
}
