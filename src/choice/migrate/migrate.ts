import type { Sql } from '../../database/owner-database.ts';
import { BlockedError } from '../../errors.ts';
import { listTenants } from '../../tenancy/tenant.ts';
import { countPending } from './backfill/count-pending.ts';
import { isMigrated } from './backfill/settle.ts';
import { findGateBlockers, findLeftovers, findUnfinished } from './migrate-blockers.ts';
import { setPace } from './pace.ts';
import { hasReached } from './phase.ts';
import { readProgress } from './progress.ts';
import { countRecords, type FieldReport, type Report } from './report.ts';
import { requestMigration } from './request.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import { findUnfinishedRestores } from './unfinished-restores.ts';
import { watchProgress } from './watch-progress.ts';
import { runWorker } from './worker.ts';

export interface MigrateResult extends Report {
  readonly fields: readonly (FieldReport & { readonly updated: number })[];
}

/**
 * `batchSize`, `rate`: set the pace of every backfill, in rows per transaction and per second (null: no limit). `openTransactionCap`: how long to wait
 * for older transactions, in milliseconds.
 */
export type MigrateOptions = RunOptions & {
  readonly batchSize?: number | undefined;
  readonly rate?: number | null | undefined;
  readonly openTransactionCap?: number;
};

type Tenants = Scope & { readonly tenants: NonNullable<Scope['tenants']> };

/**
 * Gives every row whose legacy value resolves its ref, then verifies itself: a field and tenant reaches `migrated` when nothing
 * is missing, nothing drifts, and every unmapped value is accepted. Otherwise `ok` is false and `blockers` say what is left.
 * It asks for the work, works, and follows whoever else works on it, until all of it has ended; while it is paused it waits. Where it is cut
 * off, what was asked for stays so: workers go on with it, and the next call goes on where they are.
 * @throws BlockedError for tenants that are not populated, for what is paused already, and for fields whose rollback was cut off; nothing
 * was changed then.
 */
export async function migrateRecords(db: Sql, scope: Scope, options: MigrateOptions): Promise<MigrateResult> {
  await assertSeesEveryRow(db, scope.fields);
  const parts: Tenants = { ...scope, tenants: scope.tenants ?? (await listTenants(db)) };
  const blockers = [
    ...findGateBlockers(parts.fields, parts.tenants, await readProgress(db, parts)),
    ...(await findUnfinishedRestores(db, parts.fields)),
  ];
  if (blockers.length > 0) throw new BlockedError(blockers);
  const { batchSize, rate } = options;
  const pace = { ...(batchSize !== undefined && { batchSize }), ...(rate !== undefined && { rowsPerSecond: rate }) };
  await setPace(db, pace, options);
  if (options.dryRun) return conclude(await predict(db, parts), []);

  const requested = await requestMigration(db, parts, options);
  if (requested.length > 0)
    await runWorker(db, parts, {
      onState: watchProgress(parts, options.onProgress),
      endsAt: ({ kind }) => kind === 'idle',
      ...(options.openTransactionCap !== undefined && { openTransactionCap: options.openTransactionCap }),
    });

  const after = await countRecords(db, parts);
  const progress = await readProgress(db, parts);
  const doneBefore = new Map(requested.map(({ field, tenant, done }) => [`${field.coordinate} ${tenant.slug}`, done]));
  const done = new Map(progress.map((part) => [`${part.field} ${part.tenant}`, part.done]));
  const reports = after.map((report) => {
    const key = `${report.field} ${report.tenant}`;
    return { ...report, updated: Math.max(0, (done.get(key) ?? 0) - (doneBefore.get(key) ?? 0)) };
  });
  return conclude(reports, progress);
}

/** What the report will say after the run: a missing row is one that resolves, so it becomes a mapped one. */
async function predict(db: Sql, parts: Tenants): Promise<(FieldReport & { updated: number })[]> {
  const pendingOf = await countPending(db, parts.fields, parts.tenants);
  const updated = parts.fields.flatMap((field) => parts.tenants.map((tenant) => pendingOf(field, tenant)));
  return (await countRecords(db, parts)).map((report, index) => {
    const after = {
      ...report,
      mapped: report.mapped + report.missing,
      missing: 0,
      quarantined: 0,
      quarantinedMissing: 0,
      updated: updated[index]!,
    };
    return { ...after, phase: isMigrated(after) && !hasReached(after.phase, 'migrated') ? 'migrated' : after.phase };
  });
}

function conclude(fields: readonly (FieldReport & { updated: number })[], progress: Parameters<typeof findUnfinished>[0]): MigrateResult {
  const blockers = [...fields.flatMap((report) => findLeftovers(report, progress)), ...findUnfinished(progress)];
  return { ok: blockers.length === 0, fields, blockers };
}
