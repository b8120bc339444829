import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../../database/owner-database.ts';
import { columnExists } from '../catalog.ts';
import type { Advance, Attempt } from './attempt.ts';
import type { ClaimedPart } from './claim.ts';
import type { Part, Stage } from './part.ts';

/** Where a part is after a batch. What is left out is as at the beginning of a pass. */
export interface PartState {
  readonly stage: Stage;
  readonly cursor?: string;
  readonly passUpdated?: number;
  readonly passSkipped?: number;
  /** Virtual ids of the transactions that are waited for. */
  readonly awaited?: readonly string[];
  /** Whether it has to wait for rows that somebody holds. */
  readonly waits?: boolean;
  /** Rows that the batch updated. */
  readonly updated: number;
}

/** How long a part rests that waits for rows which somebody holds, or for a rollback that is under way, in milliseconds. */
const HELD_REST_MS = 50;
const RESTORED_REST_MS = 500;

/** The condition that names a part's row of state. */
export function isPart({ field, tenant }: Part): RawBuilder<unknown> {
  return sql`field = ${field.coordinate} AND tenant_id = ${tenant.id}`;
}

/** Keeps where a part is after a batch that went well: what failed before is over, and batches grow again. */
export async function savePart(
  transaction: Sql,
  { batchLimit, ...part }: ClaimedPart,
  state: PartState,
  { usual }: Attempt,
): Promise<void> {
  const waits = state.waits === true;
  const inFinalPass = state.stage === 'final' && state.cursor !== undefined;
  const grown = batchLimit === null || batchLimit * 2 >= usual ? null : batchLimit * 2;
  await sql`
    UPDATE choice_tenant_state SET
      stage = ${state.stage}, cursor = ${state.cursor ?? null}, done = done + ${state.updated},
      pass_updated = ${state.passUpdated ?? 0}, pass_skipped = ${state.passSkipped ?? 0},
      awaited = ${state.awaited ?? []}::text[],
      -- Since when rows are waited for is none of what transactions were waited for before.
      awaited_since = CASE
        WHEN ${state.stage === 'await'} THEN clock_timestamp()
        WHEN ${waits} THEN coalesce(CASE WHEN stage = 'final' THEN awaited_since END, clock_timestamp())
        WHEN ${inFinalPass} AND stage = 'final' THEN awaited_since
      END,
      retry_at = CASE WHEN ${waits} THEN clock_timestamp() + make_interval(secs => ${HELD_REST_MS / 1000}) END,
      batch_limit = ${grown}::int, failures = 0, error = NULL
    WHERE ${isPart(part)}`.execute(transaction);
}

/** Ends what was asked for without the part being done, and keeps why, one reason a line. */
export async function endUnsettled(transaction: Sql, part: Part, reasons: readonly string[], updated: number): Promise<Advance> {
  await sql`
    UPDATE choice_tenant_state SET
      wanted = false, stage = 'sweep', cursor = NULL, done = done + ${updated}, total = done + ${updated}, pass_updated = 0, pass_skipped = 0,
      awaited = '{}', awaited_since = NULL, retry_at = NULL, batch_limit = NULL, failures = 0, error = ${reasons.join('\n')}
    WHERE ${isPart(part)}`.execute(transaction);
  return { updated, ended: false };
}

/** Leaves a part alone for a while. */
export async function restPart(transaction: Sql, part: Part): Promise<Advance> {
  await sql`
    UPDATE choice_tenant_state SET retry_at = clock_timestamp() + make_interval(secs => ${RESTORED_REST_MS / 1000})
    WHERE ${isPart(part)}`.execute(transaction);
  return { updated: 0, ended: false };
}

/** Whether a contracted field has its column again. As long as this transaction lasts, that does not change. */
export async function isBeingRestored(transaction: Sql, { field }: Part): Promise<boolean> {
  await sql`LOCK TABLE ${sql.table(field.table)} IN ROW EXCLUSIVE MODE`.execute(transaction);
  return columnExists(transaction, field.table, field.legacyColumn);
}
