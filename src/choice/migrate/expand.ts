import { sql } from 'kysely';
import { withExclusive } from '../../database/exclusive.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError } from '../../errors.ts';
import { describeChange } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import { columnExists } from './catalog.ts';
import { recordPhaseChange } from './phase.ts';
import { readFieldState } from './read-regime.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import { deriveStructure } from './structure.ts';

export interface ExpandResult {
  readonly ok: true;
  readonly fields: readonly { readonly field: string; readonly changed: boolean; readonly statements: readonly string[] }[];
}

/** `lockCap`: how long to try for a lock that blocks writers, in milliseconds. */
export type ExpandOptions = RunOptions & { readonly lockCap?: number };

/**
 * Puts ref column, triggers, foreign key and indexes of each field in place, without making a writer wait longer than 150 ms.
 * What is there as it is derived stays, what differs is replaced; a run that was cut off goes on where it stopped. A field whose
 * legacy column is gone gets what it needs without.
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
  const { phase, regime } = await readFieldState(db, field);
  const steps = deriveStructure(field, regime);
  const statements: string[] = [];
  for (const [done, step] of steps.entries()) {
    options.onProgress({ step: 'expand', field: field.coordinate, done, total: steps.length });
    if ((await step.findProblem(db)) === undefined) continue;
    statements.push(step.statement);
    if (!options.dryRun) await step.run(db, options.lockCap);
  }
  if (phase === 'legacy' && !options.dryRun) await markExpanded(db, field, options);
  options.onProgress({ step: 'expand', field: field.coordinate, done: steps.length, total: steps.length });
  return { field: field.coordinate, changed: statements.length > 0 || phase === 'legacy', statements };
}

async function markExpanded(db: Sql, field: ChoiceField, { actor, request }: RunOptions): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await describeChange(transaction, { actor, request, operation: 'expand' });
    await sql`INSERT INTO choice_field_state (field, phase) VALUES (${field.coordinate}, 'expanded')`.execute(transaction);
    await recordPhaseChange(transaction, { field, tenants: undefined, from: 'legacy', to: 'expanded', actor });
  });
}

async function findMissingColumns(db: Sql, field: ChoiceField): Promise<Blocker[]> {
  const missing: string[] = [];
  if (!(await columnExists(db, field.type.table, 'id'))) missing.push(`the table "${field.type.table}"`);
  else if ((await readFieldState(db, field)).regime !== 'archive' && !(await columnExists(db, field.table, field.legacyColumn)))
    missing.push(`the column "${field.table}"."${field.legacyColumn}"`);
  return missing.map((name) => ({
    code: 'NOT_MIGRATED',
    field: field.coordinate,
    message: `${field.coordinate}: ${name} does not exist. Run: choices db up`,
  }));
}
