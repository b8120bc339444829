import { sql } from 'kysely';
import { withExclusive } from '../../database/exclusive.ts';
import { runConcurrentStatement, runUnderLocks } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError, UsageError } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { dropLegacyColumn } from '../derive/columns.ts';
import { replaceObjects } from '../derive/objects.ts';
import type { Regime } from '../regime.ts';
import { archiveStrings, countArchived, countUnrestorable, emptyArchive } from './archive-strings.ts';
import { findContractBlockers, type GateOptions } from './contract-gate.ts';
import { assertRegime, leadServers } from './lead-servers.ts';
import { describeLegacyWriters, listLegacyWriters, pruneLegacyWriters } from './legacy-writers.ts';
import { recordPhaseChange } from './phase.ts';
import { readFieldState } from './read-regime.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import { settleStrings } from './settle-strings.ts';
import { runStatements } from './structure.ts';

/**
 * `lockCap`: how long to try for a lock that blocks writers, `serverCap`: how long servers have to follow, both in milliseconds.
 * `batchSize`: rows looked at by one statement, at most.
 */
export type ContractOptions = RunOptions &
  GateOptions & { readonly reason?: string; readonly lockCap?: number; readonly serverCap?: number; readonly batchSize?: number };

export interface ContractResult {
  readonly ok: true;
  readonly fields: readonly {
    readonly field: string;
    readonly changed: boolean;
    /** Rows whose string the key of their ref cannot restore: they are in the archive. */
    readonly archived: number;
  }[];
  readonly blockers: readonly Blocker[];
}

/**
 * Drops the legacy column of each field, once its gate lets it go: what keys cannot restore is in the archive by then, which
 * triggers keep in step, and no live server names the column. A run that was cut off goes on where it stopped, or is taken back
 * by `rollback`. Writers wait for no lock longer than 150 ms.
 * @throws BlockedError where a gate is closed, and nothing was changed then; or where servers do not follow.
 */
export async function contractFields(db: Sql, scope: Scope, options: ContractOptions): Promise<ContractResult> {
  if (scope.tenants !== undefined) throw new UsageError('contract drops a column for all tenants at once: expected no tenant');
  if (options.force && !options.reason?.trim()) throw new UsageError('--force: expected a reason (--reason TEXT), got none');
  await assertSeesEveryRow(db, scope.fields);
  const since = await readNow(db);
  const blockers: Blocker[] = [];
  for (const field of scope.fields) blockers.push(...(await findContractBlockers(db, scope, field, options)));
  if (blockers.length > 0) throw new BlockedError(blockers);
  if (options.dryRun) return { ok: true, fields: await Promise.all(scope.fields.map((field) => predict(db, field))), blockers: [] };

  return withExclusive(db, 'choices ddl', async () => {
    await pruneLegacyWriters(db);
    const fields: { field: string; changed: boolean; archived: number }[] = [];
    for (const field of scope.fields) fields.push(await contractField(db, field, since, options));
    return { ok: true, fields, blockers: [] };
  });
}

async function predict(db: Sql, field: ChoiceField) {
  const { regime } = await readFieldState(db, field);
  const isInColumn = regime === 'column' || regime === 'window';
  const archived = isInColumn ? await countUnrestorable(db, field) : await countArchived(db, field);
  return { field: field.coordinate, changed: regime !== 'archive', archived };
}

async function readNow(db: Sql): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT now()`.execute(db);
  return rows[0]!.now;
}

async function contractField(db: Sql, field: ChoiceField, since: Date, options: ContractOptions) {
  const { regime } = await readFieldState(db, field);
  if (regime === 'column') {
    // What an earlier life of the field left behind.
    await emptyArchive(db, field);
    await runStatements(
      db,
      [{ table: field.table, mode: 'SHARE ROW EXCLUSIVE' }],
      replaceObjects(field, 'column', 'window'),
      options.lockCap,
    );
  }
  if (regime === 'column' || regime === 'window') await fillArchive(db, field, options);
  if (regime !== 'archive') {
    const from = regime === 'restore' ? 'restore' : 'window';
    await leadServers(db, field, { storage: 'archive', regime: from, cap: options.serverCap });
    await dropColumn(db, field, from, since, options);
  }
  return { field: field.coordinate, changed: regime !== 'archive', archived: await countArchived(db, field) };
}

async function fillArchive(db: Sql, field: ChoiceField, options: ContractOptions): Promise<void> {
  const total = await countRows(db, field);
  await settleStrings(db, field, (transaction, tenant, ids) => archiveStrings(transaction, field, tenant, ids), {
    ...options,
    onRows: (done) => options.onProgress({ step: 'contract', field: field.coordinate, done, total: Math.max(done, total) }),
  });
  await runConcurrentStatement(db, 'ANALYZE choice_archive');
}

async function countRows(db: Sql, field: ChoiceField): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM ${sql.table(field.table)}`.execute(db);
  return rows[0]!.count;
}

/** The gate may have been passed long ago: whoever wrote the old way since then keeps the column. */
async function dropColumn(db: Sql, field: ChoiceField, from: Regime, since: Date, options: ContractOptions): Promise<void> {
  const statements = [...replaceObjects(field, from, 'archive'), dropLegacyColumn(field)].join('; ');
  const drop = async (transaction: Sql) => {
    await assertRegime(transaction, field, from);
    const blockers = [
      ...describeLegacyWriters(field, await listLegacyWriters(transaction, field, since)),
      ...(await findTurnedBack(transaction, field)),
    ];
    if (blockers.length > 0) throw new BlockedError(blockers);
    await sql.raw(statements).execute(transaction);
    const { numAffectedRows } = await sql`
      UPDATE choice_field_state SET phase = 'contracted' WHERE field = ${field.coordinate} AND phase = 'expanded'`.execute(transaction);
    if (numAffectedRows === 1n)
      await recordPhaseChange(transaction, {
        field,
        tenants: undefined,
        from: 'preferred',
        to: 'contracted',
        actor: options.actor,
        ...(options.reason === undefined ? {} : { reason: options.reason }),
      });
  };
  await runUnderLocks(db, [{ table: field.table, mode: 'ACCESS EXCLUSIVE' }], drop, options.lockCap);
}

/** Servers were told to name the column no more; somebody may have taken that back meanwhile. */
async function findTurnedBack(db: Sql, field: ChoiceField): Promise<Blocker[]> {
  const { storage } = await readFieldState(db, field);
  if (storage === 'archive') return [];
  return [
    { code: 'TURNED_BACK', field: field.coordinate, message: `${field.coordinate} was rolled back meanwhile. Run the command again` },
  ];
}
