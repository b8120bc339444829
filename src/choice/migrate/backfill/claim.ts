import { sql } from 'kysely';
import { listOpenTransactions } from '../../../database/older-transactions.ts';
import type { Sql } from '../../../database/owner-database.ts';
import { MOVES_SETTING } from '../../derive/note-trigger.ts';
import { isInScope } from '../progress.ts';
import type { Scope } from '../run.ts';
import { NIL, type Part, type Stage } from './part.ts';

/** A part whose row of state this transaction holds: nobody else works on the part until the transaction ends. */
export interface ClaimedPart extends Part {
  readonly stage: Stage;
  /** The last record that the pass has gone by. */
  readonly cursor: string;
  readonly passUpdated: number;
  readonly passSkipped: number;
  /** Whether it waits for others for longer than it may. */
  readonly overdue: boolean;
  /** After a failure: at most so many rows. */
  readonly batchLimit: number | null;
  readonly failures: number;
  /** Whether the field is contracted, so that its strings are in the archive. */
  readonly contracted: boolean;
}

interface StateRow extends Omit<ClaimedPart, 'field' | 'tenant' | 'cursor' | 'passUpdated' | 'passSkipped'> {
  readonly field: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly cursor: string | null;
  readonly passUpdated: string;
  readonly passSkipped: string;
}

/**
 * What holds in the transaction of a batch, from its claim on. Longest wait for any lock: rows that are held are passed over, so only choices and
 * tables are ever waited for. Commits wait for no disk: what a crash takes back is done again, since cursor and rows go together.
 * Without sorts the rows to come are read in the order of their index, and no further than the batch goes: with stale statistics
 * PostgreSQL takes another index, reads all rows of the tenant, and sorts them. Refs that follow a merge are noted by the statement that
 * moves them.
 */
const SETTINGS = { lock_timeout: '100ms', synchronous_commit: 'off', enable_sort: 'off', [MOVES_SETTING]: 'on' };
export const setUpBatch = sql.join(Object.entries(SETTINGS).map(([name, value]) => sql`set_config(${name}, ${value}, true)`));

/**
 * Claims a part of the scope that somebody asked for, that nobody works on, and that can go on; undefined: there is none now.
 * The claim is the lock on the part's row of state, so it ends with its holder, in whatever way that ends. Parts that failed or
 * wait come after all others, so that they hold nobody up. `cap`: how long a part may wait for others, in milliseconds.
 */
export async function claimPart(transaction: Sql, scope: Scope, cap: number): Promise<ClaimedPart | undefined> {
  return (
    (await claimFirst(transaction, scope, cap, undefined)) ?? claimFirst(transaction, scope, cap, await listOpenTransactions(transaction))
  );
}

/** `open` undefined: only parts that neither failed nor wait. */
async function claimFirst(
  transaction: Sql,
  scope: Scope,
  cap: number,
  open: readonly { readonly id: string }[] | undefined,
): Promise<ClaimedPart | undefined> {
  const isOverdue = sql`coalesce(state.awaited_since <= clock_timestamp() - make_interval(secs => ${cap / 1000}), false)`;
  const mayGoOn =
    open === undefined
      ? sql`state.batch_limit IS NULL AND state.stage <> 'await'`
      : sql`(state.stage <> 'await' OR NOT state.awaited && ${open.map(({ id }) => id)}::text[] OR ${isOverdue})`;
  const { rows } = await sql<StateRow>`
    SELECT
      state.field, state.tenant_id AS "tenantId", tenant.slug, tenant.name, state.stage, state.cursor,
      state.pass_updated AS "passUpdated", state.pass_skipped AS "passSkipped", ${isOverdue} AS overdue,
      state.batch_limit AS "batchLimit", state.failures, field.phase = 'contracted' AS contracted,
      ${setUpBatch}
    FROM choice_tenant_state AS state
    JOIN choice_field_state AS field USING (field)
    JOIN tenant ON tenant.id = state.tenant_id
    WHERE state.wanted AND state.paused_by IS NULL AND (state.retry_at IS NULL OR state.retry_at <= clock_timestamp())
      AND state.field = ANY (${scope.fields.map((field) => field.coordinate)}::text[])
      AND ${isInScope(scope)} AND ${mayGoOn}
    ORDER BY state.field, state.tenant_id
    LIMIT 1
    FOR UPDATE OF state SKIP LOCKED`.execute(transaction);
  return rows[0] && toPart(scope, rows[0]);
}

function toPart(scope: Scope, row: StateRow): ClaimedPart {
  const { tenantId, slug, name, ...state } = row;
  return {
    ...state,
    field: scope.registry.field(row.field)!,
    tenant: { id: tenantId, slug, name },
    cursor: row.cursor ?? NIL,
    passUpdated: Number(row.passUpdated),
    passSkipped: Number(row.passSkipped),
  };
}
