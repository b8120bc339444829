import { sql } from 'kysely';
import { withExclusive } from '../../database/exclusive.ts';
import { quoteLiteral } from '../../database/identifier.ts';
import { waitForOlderSnapshots } from '../../database/older-transactions.ts';
import { LOCK_CAP, runConcurrentStatement } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError, OperationError, UsageError } from '../../errors.ts';
import type { ChangeDescription } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import { dropLegacyColumn } from '../derive/columns.ts';
import { replaceObjects } from '../derive/objects.ts';
import { archiveStrings, countArchived, countUnrestorable, emptyArchive, pruneArchive } from './archive-strings.ts';
import { findContractBlockers, findLateBlockers, type GateOptions, hasNoLateBlockers } from './contract-gate.ts';
import { leadServers } from './lead-servers.ts';
import { pruneLegacyWriters } from './legacy-writers.ts';
import { phaseChangeStatement } from './phase.ts';
import { readFieldState } from './read-regime.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import { runFieldStep } from './run-field-step.ts';
import { settleStrings } from './settle-strings.ts';
import { lockAll } from './structure.ts';
import { keepDroppedColumn } from './dropped-column.ts';

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
  if (options.dryRun) {
    await assertGate(db, scope, options);
    return { ok: true, fields: await Promise.all(scope.fields.map((field) => predict(db, field))), blockers: [] };
  }
  // What waited for its turn looks afterwards.
  return withExclusive(db, 'choices ddl', async () => {
    const since = await readNow(db);
    await assertGate(db, scope, options);
    await pruneLegacyWriters(db);
    const fields: { field: string; changed: boolean; archived: number }[] = [];
    for (const field of scope.fields) fields.push(await contractField(db, field, since, options));
    return { ok: true, fields, blockers: [] };
  });
}

async function assertGate(db: Sql, scope: Scope, options: GateOptions): Promise<void> {
  const blockers: Blocker[] = [];
  for (const field of scope.fields) blockers.push(...(await findContractBlockers(db, scope, field, options)));
  if (blockers.length > 0) throw new BlockedError(blockers);
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
    await emptyArchive(db, field, options.lockCap);
    await runFieldStep(db, field, {
      locks: lockAll([field.table], 'SHARE ROW EXCLUSIVE'),
      regime: 'column',
      statements: replaceObjects(field, 'column', 'window'),
      lockCap: options.lockCap,
    });
  }
  if (regime === 'column' || regime === 'window') await fillArchive(db, field, options);
  if (regime !== 'archive') {
    const from = regime === 'restore' ? 'restore' : 'window';
    const change = describe(options, await countArchived(db, field));
    await leadServers(db, field, {
      storage: 'archive',
      regime: from,
      change,
      cap: options.serverCap,
      lockCap: options.lockCap,
    });
    await dropColumn(db, field, from, since, change, options);
  }
  return { field: field.coordinate, changed: regime !== 'archive', archived: await countArchived(db, field) };
}

function describe({ actor, request, reason }: ContractOptions, records: number): ChangeDescription {
  return { actor, request, reason, operation: 'contract', records };
}

/**
 * Rows that are archived are locked, not written: a transaction that works by an older snapshot may write one of them and not see
 * what its trigger is to delete. It is waited for, and what it left is put right.
 */
async function fillArchive(db: Sql, field: ChoiceField, options: ContractOptions): Promise<void> {
  const total = await countRows(db, field);
  const fill = () =>
    settleStrings(db, field, (transaction, tenant, ids) => archiveStrings(transaction, field, tenant, ids), {
      ...options,
      onRows: (done) => options.onProgress({ step: 'contract', field: field.coordinate, done, total: Math.max(done, total) }),
    });
  await fill();
  do {
    await outwaitSnapshots(db, field, options.lockCap ?? LOCK_CAP);
    await pruneArchive(db, field);
  } while ((await fill()) > 0);
  await runConcurrentStatement(db, 'ANALYZE choice_archive');
}

async function outwaitSnapshots(db: Sql, field: ChoiceField, cap: number): Promise<void> {
  const open = await waitForOlderSnapshots(db, cap);
  if (open.length > 0)
    throw new OperationError(
      `Gave up after ${cap / 1000} s: ${open.map(({ pid, application }) => `pid ${pid} (${application})`).join(', ')} works by a snapshot from before ` +
        `the strings of ${field.coordinate} were archived. What is done so far stays; end its transaction, or run the command again later`,
    );
}

async function countRows(db: Sql, field: ChoiceField): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM ${sql.table(field.table)}`.execute(db);
  return rows[0]!.count;
}

/** The gate may have been passed long ago: what has closed it since then keeps the column. */
async function dropColumn(
  db: Sql,
  field: ChoiceField,
  from: 'window' | 'restore',
  since: Date,
  change: ChangeDescription,
  options: ContractOptions,
): Promise<void> {
  const contracts = [
    keepDroppedColumn(field),
    `UPDATE choice_field_state SET phase = 'contracted' WHERE field = ${quoteLiteral(field.coordinate)}`,
    phaseChangeStatement({ ...options, field, from: 'preferred', to: 'contracted' }),
  ];
  await runFieldStep(db, field, {
    locks: lockAll([field.table], 'ACCESS EXCLUSIVE'),
    regime: from,
    condition: hasNoLateBlockers(field, since),
    holdsTenants: true,
    change,
    statements: [...replaceObjects(field, from, 'archive'), dropLegacyColumn(field), ...(from === 'window' ? contracts : [])],
    lockCap: options.lockCap,
    explain: async () => {
      const blockers = await findLateBlockers(db, field, since);
      if (blockers.length > 0) throw new BlockedError(blockers);
    },
  });
}
