import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { listOpenTransactions } from '../../../database/older-transactions.ts';
import { describeHolders } from '../../../database/online-ddl.ts';
import type { Sql } from '../../../database/owner-database.ts';
import type { Blocker } from '../../../errors.ts';
import { listTenants, type Tenant } from '../../../tenancy/tenant.ts';
import type { ChoiceType } from '../../choice-field.ts';
import { createTurns, type Turns } from '../../migrate/backfill/turns.ts';
import { NIL } from '../../migrate/backfill/part.ts';
import { assertSeesEveryRow } from '../../migrate/row-security.ts';
import type { RunOptions, Scope } from '../../migrate/run.ts';
import { findUnfinishedRestores } from '../../migrate/unfinished-restores.ts';
import { moveBatch } from './move-batch.ts';
import { findParting, findReturning } from './partings.ts';
import { findRefParts, type Movement, type RefPart } from './move-rows.ts';

/** `openTransactionCap`: how long to wait for older transactions, and for rows that somebody holds, in milliseconds. */
export type SettleOptions = RunOptions & { readonly openTransactionCap?: number };

export interface SettleResult {
  readonly ok: boolean;
  readonly fields: readonly [];
  /** Who keeps rows from following. */
  readonly blockers: readonly Blocker[];
}

/** A merge, made or undone, whose rows may still have to follow. */
interface UnsettledMerge {
  readonly id: string;
  /** As text, which keeps every digit; null: it stands. */
  readonly undoneAt: string | null;
  readonly movements: readonly Movement[];
}

const OPEN_TRANSACTION_CAP_MS = 60_000;
/** Between two passes over rows that somebody holds, and while others feel it, in milliseconds. */
const REST_MS = 100;
const FORGOTTEN_AT_ONCE = 10_000;

/**
 * Lets refs follow the merges of the scope's types that were made or undone, until none is left that would have to: batch by batch, none
 * of which waits for a row. Whoever wrote by what held before is waited for, and followed by another pass. What a run that was cut off did
 * stays done, and the next one goes on from there.
 */
export async function settleMerges(db: Sql, scope: Scope, options: SettleOptions): Promise<SettleResult> {
  await assertSeesEveryRow(db, scope.fields);
  const tenants = scope.tenants ?? (await listTenants(db));
  if (options.dryRun) return { ok: true, fields: [], blockers: [] };
  const blockers: Blocker[] = [];
  await db.connection().execute(async (connection) => {
    const turns = createTurns(connection, scope.registry);
    for (const tenant of tenants)
      for (const type of new Set(scope.fields.map((field) => field.type)))
        blockers.push(...(await settleType(connection, { scope, tenant, type, turns }, options)));
  });
  return { ok: blockers.length === 0, fields: [], blockers };
}

interface Settling {
  readonly scope: Scope;
  readonly tenant: Tenant;
  readonly type: ChoiceType;
  readonly turns: Turns;
}

async function settleType(db: Sql, settling: Settling, options: SettleOptions): Promise<Blocker[]> {
  const { openTransactionCap = OPEN_TRANSACTION_CAP_MS } = options;
  const { tenant } = settling;
  const merges = await readUnsettled(db, settling);
  if (merges.length === 0) return [];
  const older = new Set((await listOpenTransactions(db)).map(({ id }) => id));
  await passOnce(db, settling, merges, options);
  for (const deadline = performance.now() + openTransactionCap; ; await delay(REST_MS)) {
    // Looked at before the pass: that has to see what they wrote.
    const open = (await listOpenTransactions(db)).filter(({ id }) => older.has(id));
    const { moved, skipped } = await passOnce(db, settling, merges, options);
    if (open.length === 0 && moved === 0 && skipped === 0) break;
    if (moved === 0 && performance.now() > deadline) return findBlockers(db, settling, skipped > 0, open);
  }
  await forgetRows(
    db,
    tenant,
    merges.filter(({ undoneAt }) => undoneAt !== null).map(({ id }) => id),
  );
  await markSettled(db, settling, merges);
  return [];
}

async function readUnsettled(db: Sql, { tenant, type }: Settling): Promise<UnsettledMerge[]> {
  const { rows } = await sql<{ id: string; loser: string; undoneAt: string | null; from: string | null; choiceIds: string[] | null }>`
    SELECT id, loser_id AS loser, undone_at::text AS "undoneAt", undone_from AS from, undone_ids AS "choiceIds" FROM choice_merge
    WHERE tenant_id = ${tenant.id} AND type = ${type.table} AND settled_at IS NULL ORDER BY id`.execute(db);
  const merges: UnsettledMerge[] = [];
  for (const { id, loser, undoneAt, from, choiceIds } of rows) {
    if (undoneAt === null) {
      merges.push({ id, undoneAt, movements: [{ loser }] });
      continue;
    }
    const parting = await findParting(db, type, tenant.id, { mergeId: id, from: from!, choiceIds: choiceIds! });
    merges.push({ id, undoneAt, movements: [await findReturning(db, type, tenant, parting)] });
  }
  return merges;
}

/** Moves whatever can move at this moment. */
async function passOnce(
  db: Sql,
  settling: Settling,
  merges: readonly UnsettledMerge[],
  options: SettleOptions,
): Promise<{ moved: number; skipped: number }> {
  const { scope, tenant, type } = settling;
  const movements = merges.flatMap((merge) => merge.movements);
  let moved = 0;
  let skipped = 0;
  for (const part of await findRefParts(db, scope.registry, type, tenant))
    for (const movement of movements) {
      skipped += await movePart(db, settling.turns, part, movement, (updated) => {
        moved += updated;
        options.onProgress({ step: 'merge', field: part.field.coordinate, tenant: tenant.slug, done: moved });
      });
    }
  return { moved, skipped };
}

/** Answers how many rows were passed over. `onBatch` may end it by an error, between two batches. */
async function movePart(db: Sql, turns: Turns, part: RefPart, movement: Movement, onBatch: (updated: number) => void): Promise<number> {
  let cursor = NIL;
  let skipped = 0;
  for (;;) {
    const turn = await turns.take(async (limit) => {
      const start = performance.now();
      const batch = await moveBatch(db, part, movement, { cursor, limit });
      return { ...batch, milliseconds: performance.now() - start };
    });
    const batch = turn.held === undefined ? turn.work : undefined;
    onBatch(batch?.updated ?? 0);
    if (batch === undefined) {
      await delay(REST_MS);
      continue;
    }
    skipped += batch.skipped;
    if (batch.ended) return skipped;
    cursor = batch.last ?? cursor;
  }
}

async function findBlockers(
  db: Sql,
  { scope, tenant, type }: Settling,
  held: boolean,
  open: readonly { readonly pid: number; readonly application: string }[],
): Promise<Blocker[]> {
  const parts = await findRefParts(db, scope.registry, type, tenant);
  const fields = parts.map(({ field }) => field);
  const restores = await findUnfinishedRestores(
    db,
    parts.filter(({ contracted }) => contracted).map(({ field }) => field),
  );
  if (restores.length > 0) return restores;
  const older = open.map(({ pid, application }) => `pid ${pid} (${application})`).join(', ');
  const reasons = [
    ...(open.length > 0 ? [`${older} has had a transaction open since before, and may still write a row by what held then`] : []),
    ...(held
      ? [`somebody holds rows whose refs have to move: ${await describeHolders(db, [...new Set(fields.map(({ table }) => table))])}`]
      : []),
  ];
  return [
    {
      code: 'OPEN_TRANSACTION',
      tenant: tenant.slug,
      message: `Refs to the ${type.name} choices of ${tenant.slug} that were merged or parted have not all followed: ${reasons.join('; ')}`,
    },
  ];
}

/** Deletes which records moved by merges that were undone: nobody asks that again. */
async function forgetRows(db: Sql, { id }: Tenant, mergeIds: readonly string[]): Promise<void> {
  for (let deleted = FORGOTTEN_AT_ONCE; deleted === FORGOTTEN_AT_ONCE;)
    deleted = Number(
      (
        await sql`
          DELETE FROM choice_merge_row WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM choice_merge_row WHERE tenant_id = ${id} AND merge_id = ANY (${[...mergeIds]}::uuid[])
            LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED
          ))`.execute(db)
      ).numAffectedRows,
    );
}

/** One that was undone since is not what its rows have followed. */
async function markSettled(db: Sql, { tenant }: Settling, merges: readonly UnsettledMerge[]): Promise<void> {
  await sql`
    UPDATE choice_merge AS merge SET settled_at = now()
    FROM unnest(${merges.map(({ id }) => id)}::uuid[], ${merges.map(({ undoneAt }) => undoneAt)}::timestamptz[]) AS done (id, undone_at)
    WHERE merge.tenant_id = ${tenant.id} AND merge.id = done.id AND merge.undone_at IS NOT DISTINCT FROM done.undone_at`.execute(db);
}
