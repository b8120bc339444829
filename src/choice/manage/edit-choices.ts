import { isCausedBy } from '../../database/error-code.ts';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { BlockedError, ConflictError, OperationError } from '../../errors.ts';
import type { ChangeDescription } from '../audit/describe-change.ts';
import { editAliases } from '../migrate/edit-aliases.ts';
import { retryConflicts } from '../migrate/retry-conflicts.ts';
import { readRules } from '../rules.ts';
import { beginChoiceEdit, type ChoiceEdit, type EditScope } from './choice-edit.ts';
import { RowsFollowError } from './rows-follow.ts';
import { translateRuleError } from './rule-errors.ts';

/** Where choices are edited. */
export interface EditPlace {
  /** Runs work in a transaction of the tenant's session. */
  write<Result>(work: (transaction: Sql) => Promise<Result>): Promise<Result>;
  /** Runs work as the owner, where it may take its time: neither a snapshot nor rules of the request are held meanwhile. */
  follow<Result>(work: (db: Sql) => Promise<Result>): Promise<Result>;
}

type Change = Omit<ChangeDescription, 'group'>;

/**
 * Edits choices of one type in one transaction, all or nothing: `work` does so through the edit that it is given. What loses against
 * somebody else's transaction runs again, so nothing that `work` keeps outside may depend on how often it ran. Where records carry a string
 * that comes to name a choice, it runs as an edit of aliases, and the records have their refs when it returns.
 * @throws ConflictError where such records cannot follow; else what `work` throws.
 */
export async function editChoices<Result>(
  place: EditPlace,
  scope: EditScope,
  change: Change,
  work: (edit: ChoiceEdit) => Promise<Result>,
): Promise<Result> {
  try {
    return await retryConflicts(() => place.write((transaction) => run(transaction, scope, { change }, work)), isLost);
  } catch (error) {
    if (!(error instanceof RowsFollowError)) throw error;
  }
  return place.follow((db) => editAndFollow(db, scope, change, work));
}

async function editAndFollow<Result>(
  db: Sql,
  scope: EditScope,
  change: Change,
  work: (edit: ChoiceEdit) => Promise<Result>,
): Promise<Result> {
  const { registry, type, tenant } = scope;
  const { actor, request, operation } = change;
  const options = { dryRun: false, actor, request, onProgress: () => undefined };
  const edit = async () => {
    const rules = await readRules(readThrough(db));
    const transact = () =>
      db.transaction().execute((transaction) => run(transaction, { ...scope, rules }, { change, rowsFollow: true }, work));
    return retryConflicts(transact, isLost);
  };
  try {
    return await editAliases(db, { registry, type, tenant, adds: true, operation }, options, edit);
  } catch (error) {
    if (error instanceof BlockedError) throw new ConflictError(error.message, { blockers: error.blockers }, { cause: error });
    if (error instanceof OperationError) throw new ConflictError(error.message, { retry: true }, { cause: error });
    throw error;
  }
}

async function run<Result>(
  transaction: Sql,
  scope: EditScope,
  options: { readonly change: Change; readonly rowsFollow?: boolean },
  work: (edit: ChoiceEdit) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(await beginChoiceEdit(transaction, scope, options));
  } catch (error) {
    throw translateRuleError(error);
  }
}

/** serialization_failure, deadlock_detected, foreign_key_violation; unique_violation: who looks again sees what is there. */
const LOST: ReadonlySet<unknown> = new Set(['40001', '40P01', '23503', '23505']);

const isLost = (error: unknown) => isCausedBy(error, LOST);
