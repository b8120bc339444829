import { sql } from 'kysely';
import { type OpenTransaction, waitForOlderTransactions } from '../../database/older-transactions.ts';
import { readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import { type Blocker, BlockedError } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { backfill } from './backfill.ts';
import { hasReached, readPhases, recordPhaseChange } from './phase.ts';
import { countRecords, countUnaccepted, type FieldReport, type Report } from './report.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';

export interface MigrateResult extends Report {
  readonly fields: readonly (FieldReport & { readonly updated: number })[];
}

/** `batchSize`: rows per transaction. `openTransactionCap`: how long to wait for older transactions, in milliseconds. */
export type MigrateOptions = RunOptions & { readonly batchSize?: number; readonly openTransactionCap?: number };

/** Rows per transaction. */
const BATCH_SIZE = 2_000;
/** How long to wait for transactions that were open before the first sweep, in milliseconds. */
const OPEN_TRANSACTION_CAP = 60_000;

type Part = { readonly field: ChoiceField; readonly tenant: Tenant };

/**
 * Gives every row whose legacy value resolves its ref, then verifies itself: a field and tenant reaches `migrated` when nothing
 * is missing, nothing drifts, and every unmapped value is accepted. Otherwise `ok` is false and `blockers` say what is left.
 * @throws BlockedError for tenants that are not populated; nothing was changed then.
 */
export async function migrateRecords(db: Sql, scope: Scope, options: MigrateOptions): Promise<MigrateResult> {
  await assertSeesEveryRow(db, scope.fields);
  const tenants = scope.tenants ?? (await listTenants(db));
  const parts = scope.fields.flatMap((field) => tenants.map((tenant) => ({ field, tenant })));
  const phaseOf = await readPhases(readThrough(db));
  const blockers = parts.filter(({ field, tenant }) => !hasReached(phaseOf(field, tenant.id), 'populated')).map(notPopulated);
  if (blockers.length > 0) throw new BlockedError(blockers);

  const counting = { ...scope, tenants };
  const before = await countRecords(db, counting);
  if (options.dryRun) return conclude(before.map(predict), []);

  const updated = await sweep(db, parts, before, options);
  const open = await waitForOlderTransactions(db, options.openTransactionCap ?? OPEN_TRANSACTION_CAP);
  // Rows written by a transaction that could not yet see the latest alias.
  const late = await sweep(db, parts, [], options);
  const after = (await countRecords(db, counting)).map((report, index) => ({ ...report, updated: updated[index]! + late[index]! }));
  const reports =
    open.length > 0 ? after : await Promise.all(after.map((report, index) => settlePhase(db, parts[index]!, report, options.actor)));
  return conclude(reports, open);
}

async function sweep(db: Sql, parts: readonly Part[], before: readonly FieldReport[], options: MigrateOptions): Promise<number[]> {
  const updated: number[] = [];
  for (const [index, { field, tenant }] of parts.entries()) {
    const total = before[index]?.missing;
    let done = 0;
    const report = () =>
      total !== undefined &&
      options.onProgress({ step: 'migrate', field: field.coordinate, tenant: tenant.slug, done, total: Math.max(done, total) });
    report();
    const onBatch = (rows: number) => {
      done += rows;
      report();
    };
    updated.push(await backfill(db, field, tenant, { batchSize: options.batchSize ?? BATCH_SIZE, onBatch }));
  }
  return updated;
}

/** What the report will say after the run: a missing row is one that resolves, so it becomes a mapped one. */
function predict(report: FieldReport): FieldReport & { updated: number } {
  const after = { ...report, mapped: report.mapped + report.missing, missing: 0, updated: report.missing };
  return { ...after, phase: isMigrated(after) && !hasReached(after.phase, 'migrated') ? 'migrated' : after.phase };
}

async function settlePhase<R extends FieldReport>(db: Sql, { field, tenant }: Part, report: R, actor: string): Promise<R> {
  if (hasReached(report.phase, 'migrated') || !isMigrated(report)) return report;
  await db.transaction().execute(async (transaction) => {
    const { numAffectedRows } = await sql`
      UPDATE choice_tenant_state SET phase = 'migrated' WHERE field = ${field.coordinate} AND tenant_id = ${tenant.id} AND phase = 'populated'`.execute(
      transaction,
    );
    if (numAffectedRows === 1n)
      await recordPhaseChange(transaction, { field, tenants: [tenant], from: 'populated', to: 'migrated', actor });
  });
  return { ...report, phase: 'migrated' };
}

function isMigrated(report: FieldReport): boolean {
  return report.missing === 0 && report.drift === 0 && countUnaccepted(report) === 0;
}

function conclude(fields: readonly (FieldReport & { updated: number })[], open: readonly OpenTransaction[]): MigrateResult {
  const blockers = [...fields.flatMap(findBlockers), ...open.map(openTransaction)];
  return { ok: blockers.length === 0, fields, blockers };
}

function findBlockers(report: FieldReport): Blocker[] {
  const { field, tenant } = report;
  const at = `${field} of ${tenant}`;
  const unaccepted = countUnaccepted(report);
  return [
    ...(unaccepted > 0
      ? [{ code: 'UNMAPPED', field, tenant, message: `${at}: ${unaccepted} rows carry values that no choice has. Map or accept them` }]
      : []),
    ...(report.missing > 0
      ? [
          {
            code: 'MISSING',
            field,
            tenant,
            message: `${at}: ${report.missing} rows lack the ref that their value resolves to. Run choices migrate again`,
          },
        ]
      : []),
    ...(report.drift > 0
      ? [
          {
            code: 'DRIFT',
            field,
            tenant,
            message: `${at}: ${report.drift} rows refer to another choice than their legacy value. Run choices verify`,
          },
        ]
      : []),
  ];
}

function openTransaction({ pid, application }: OpenTransaction): Blocker {
  return {
    code: 'OPEN_TRANSACTION',
    message: `pid ${pid} (${application}) has had a transaction open since before the sweep, and may still write a row without its ref. End it, then run choices migrate again`,
  };
}

function notPopulated({ field, tenant }: Part): Blocker {
  return {
    code: 'NOT_POPULATED',
    field: field.coordinate,
    tenant: tenant.slug,
    message: `${field.coordinate} of ${tenant.slug} has no choices yet. Run: choices populate --field ${field.coordinate} --tenant ${tenant.slug}`,
  };
}
