import { runConcurrentStatement, runUnderLocks } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { qualify, quoteIdentifier, quoteLiteral } from '../../database/identifier.ts';
import type { ChangeDescription } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import {
  addFilledConstraint,
  addLegacyColumn,
  filledConstraintName,
  requireLegacyColumn,
  validateFilledConstraint,
} from '../derive/columns.ts';
import { deriveIndexes } from '../derive/indexes.ts';
import { replaceObjects } from '../derive/objects.ts';
import { emptyArchive, restoreStrings } from './archive-strings.ts';
import { readColumn, readConstraint } from './catalog.ts';
import { leadServers } from './lead-servers.ts';
import { phaseChangeStatement } from './phase.ts';
import { readFieldState } from './read-regime.ts';
import type { RunOptions } from './run.ts';
import { runFieldStep } from './run-field-step.ts';
import { settleStrings } from './settle-strings.ts';
import { indexStep, lockAll } from './structure.ts';

export type RestoreOptions = RunOptions & {
  readonly reason?: string;
  readonly lockCap?: number;
  readonly serverCap?: number;
  readonly batchSize?: number;
};

/**
 * Brings the legacy column of a contracted field back, to the byte, and its tenants to `preferred`. Servers read and write as
 * before until the column is filled, required, indexed and analysed; only then are they told of it. A run that was cut off goes on
 * where it stopped.
 */
export async function restoreColumn(db: Sql, field: ChoiceField, options: RestoreOptions): Promise<void> {
  const { regime } = await readFieldState(db, field);
  if (regime === 'archive') await addColumn(db, field, options);
  const records = await settleStrings(db, field, (transaction, tenant, ids) => restoreStrings(transaction, field, tenant, ids), {
    ...options,
    onRows: (done) => options.onProgress({ step: 'rollback', field: field.coordinate, done }),
  });
  if (field.required) await requireColumn(db, field, options.lockCap);
  for (const index of deriveIndexes(field, 'column')) {
    const step = indexStep(field.table, index);
    if ((await step.findProblem(db)) !== undefined) await step.run(db, options.lockCap);
  }
  await runConcurrentStatement(db, `ANALYZE ${qualify(field.table)} (${quoteIdentifier(field.legacyColumn)})`);
  const change = { ...describeRollback(options), records };
  await leadServers(db, field, { storage: 'column', regime: 'restore', change, cap: options.serverCap, lockCap: options.lockCap });
  await settleInColumn(db, field, change, options);
  await emptyArchive(db, field, options.lockCap);
}

/** What phases that go back are recorded with. */
export function describeRollback({ actor, request, reason }: Pick<RestoreOptions, 'actor' | 'request' | 'reason'>): ChangeDescription {
  return { actor, request, reason, operation: 'rollback' };
}

/** From here on a write of a row fills it, and somebody who writes only the column is recorded. */
async function addColumn(db: Sql, field: ChoiceField, options: RestoreOptions): Promise<void> {
  await runFieldStep(db, field, {
    locks: lockAll([field.table], 'ACCESS EXCLUSIVE'),
    regime: 'archive',
    statements: [
      ...addLegacyColumn(field),
      ...replaceObjects(field, 'archive', 'restore'),
      `UPDATE choice_field_state SET expanded_at = now() WHERE field = ${quoteLiteral(field.coordinate)}`,
    ],
    lockCap: options.lockCap,
  });
}

/** Proves the column by a constraint first, so that no row is read under a lock. */
async function requireColumn(db: Sql, field: ChoiceField, lockCap: number | undefined): Promise<void> {
  const locks = [{ table: field.table, mode: 'ACCESS EXCLUSIVE' }] as const;
  const proof = await readConstraint(db, field.table, filledConstraintName(field));
  if ((await readColumn(db, field.table, field.legacyColumn))?.required && !proof) return;
  if (!proof) await runUnderLocks(db, locks, [addFilledConstraint(field)], lockCap);
  if (!proof?.valid) await runConcurrentStatement(db, validateFilledConstraint(field));
  await runUnderLocks(db, locks, requireLegacyColumn(field), lockCap);
}

/** Nobody calls what keeps the archive any more. Tenants that were born meanwhile are where the others are. */
async function settleInColumn(db: Sql, field: ChoiceField, change: ChangeDescription, options: RestoreOptions): Promise<void> {
  const coordinate = quoteLiteral(field.coordinate);
  await runFieldStep(db, field, {
    locks: lockAll([field.table], 'ACCESS EXCLUSIVE'),
    regime: 'restore',
    change,
    statements: [
      ...replaceObjects(field, 'restore', 'column'),
      `UPDATE choice_field_state SET phase = 'expanded' WHERE field = ${coordinate}`,
      `UPDATE choice_tenant_state SET phase = 'preferred' WHERE field = ${coordinate} AND phase <> 'preferred'`,
      phaseChangeStatement({ ...options, field, from: 'contracted', to: 'preferred' }),
    ],
    lockCap: options.lockCap,
  });
}
