import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Phase } from '../migrate/phase.ts';
import { isLive } from '../process-session.ts';
import type { ChoiceRun, RunRequest, RunResult, RunStatus } from './choice-run.ts';

/** A run that has to be carried out, as the database keeps it. */
export interface StoredRun extends ChoiceRun {
  readonly id: string;
  /** null: every tenant. */
  readonly tenantIds: readonly string[] | null;
  readonly options: { readonly to?: Phase };
}

/** For how long a server may be neither connected nor heard of before its runs are taken over: it may be connecting again. */
const GONE_SECONDS = 5;
/** For how long a merge rests that has not come to its end. */
const MERGE_AGAIN_SECONDS = 60;
/** In place of a process: any may take the run over. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** For how long after it was asked for a rollback that was cut off is begun again. */
const ROLLBACK_VALID_MINUTES = 10;
const STALE_ROLLBACK =
  `It was cut off, and was asked for more than ${ROLLBACK_VALID_MINUTES} minutes ago: it was not begun again. ` +
  'See where the fields are, and ask for it again if it is still wanted';

/** Keeps a request as the run of this process. */
export async function insertRun(db: Sql, request: RunRequest, processId: string): Promise<StoredRun> {
  const { rows } = await sql<StoredRun>`
    INSERT INTO choice_run AS run (step, fields, tenant_ids, options, requested_by, reason, process_id)
    VALUES (
      ${request.step}, ${request.fields.map((field) => field.coordinate)}::text[], ${request.tenants?.map((tenant) => tenant.id) ?? null}::uuid[],
      ${JSON.stringify(request.to === undefined ? {} : { to: request.to })}::jsonb, ${request.requestedBy}, ${request.reason ?? null}, ${processId}
    )
    RETURNING ${columns}`.execute(db);
  return rows[0]!;
}

/** Whether a run is this process's to carry out: it has not ended, and nobody else has taken it over. */
export async function isHeld(db: Sql, id: string, processId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM choice_run WHERE id = ${id} AND process_id = ${processId} AND status = 'running'`.execute(db);
  return rows.length > 0;
}

/**
 * Keeps how a run of this process ended, and how far its backfills were then. Another process may have taken it over meanwhile:
 * then that one's word counts.
 */
export async function finishRun(
  db: Sql,
  id: string,
  processId: string,
  outcome: { status: RunStatus; result: RunResult | null; error: string | null },
): Promise<void> {
  const result = sql`${outcome.result === null ? null : JSON.stringify(outcome.result)}::jsonb`;
  await sql`
    UPDATE choice_run AS run SET
      status = ${outcome.status}, error = ${outcome.error}, finished_at = now(),
      result = CASE WHEN run.step = 'migrate' THEN coalesce(${result}, '{}') || jsonb_build_object('progress', ${progressNow}) ELSE ${result} END
    WHERE id = ${id} AND process_id = ${processId} AND status = 'running'`.execute(db);
}

/**
 * Takes over the runs that nobody carries out: those whose server is gone, and those of this process that are not among `known`,
 * which were cut off. Two processes never get the same one. A rollback that was asked for too long ago fails instead: others have
 * moved on since, and it would undo what they did.
 */
export async function adoptRuns(db: Sql, processId: string, known: readonly string[]): Promise<StoredRun[]> {
  // While the database was away nobody was heard of: others have had as long as this process to connect again.
  const isThere = sql`EXISTS (
    SELECT FROM choice_process AS process LEFT JOIN choice_process AS self ON self.id = ${processId}
    WHERE process.id = run.process_id
      AND (${isLive} OR greatest(process.seen_at, self.backend_start) > now() - make_interval(secs => ${GONE_SECONDS}))
  )`;
  const { rows } = await sql<StoredRun>`
    WITH abandoned AS (
      SELECT id, step = 'rollback' AND requested_at < now() - make_interval(mins => ${ROLLBACK_VALID_MINUTES}) AS stale
      FROM choice_run AS run
      WHERE status = 'running' AND id <> ALL (${[...known]}::uuid[]) AND (process_id = ${processId} OR NOT ${isThere})
      ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED
    )
    UPDATE choice_run AS run SET
      process_id = ${processId},
      status = CASE WHEN stale THEN 'failed' ELSE run.status END,
      error = CASE WHEN stale THEN ${STALE_ROLLBACK} END,
      finished_at = CASE WHEN stale THEN now() END
    FROM abandoned WHERE run.id = abandoned.id
    RETURNING ${columns}`.execute(db);
  return rows.filter((run) => run.status === 'running');
}

/**
 * Begins merges again some time after they were blocked, or failed, as long as their tenant has refs that have to follow: from nobody else
 * would they hear that what was in their way is gone.
 */
export async function reopenMergeRuns(db: Sql): Promise<void> {
  await sql`
    UPDATE choice_run AS run SET status = 'running', process_id = ${NOBODY}, finished_at = NULL, result = NULL, error = NULL
    WHERE step = 'merge' AND status IN ('blocked', 'failed') AND finished_at < now() - make_interval(secs => ${MERGE_AGAIN_SECONDS})
      AND EXISTS (SELECT FROM choice_merge AS merge WHERE merge.tenant_id = ANY (run.tenant_ids) AND merge.settled_at IS NULL)`.execute(db);
}

/** The run, or undefined. `tenantId` null: whoever asks may see every run; otherwise only those of that tenant alone. */
export async function findRun(db: Sql, id: string, tenantId: string | null): Promise<StoredRun | undefined> {
  const { rows } = await sql<StoredRun>`SELECT ${columns} FROM choice_run AS run WHERE id = ${id} AND ${visibleTo(tenantId)}`.execute(db);
  return rows[0];
}

/** The latest runs, newest first. */
export async function listRuns(db: Sql, tenantId: string | null, limit: number): Promise<StoredRun[]> {
  const { rows } = await sql<StoredRun>`
    SELECT ${columns} FROM choice_run AS run WHERE ${visibleTo(tenantId)} ORDER BY id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

function visibleTo(tenantId: string | null): RawBuilder<unknown> {
  return tenantId === null ? sql`true` : sql`tenant_ids = ARRAY[${tenantId}::uuid]`;
}

const isoText = (column: string) => sql`to_char(${sql.id('run', column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** What somebody else asks for after a run has ended changes it: what the run came to is kept when it ends. */
const progressNow = sql`(
  SELECT jsonb_build_object('done', coalesce(sum(state.done), 0), 'total', coalesce(sum(greatest(state.total, state.done)), 0))
  FROM choice_tenant_state AS state
  WHERE state.field = ANY (run.fields) AND (run.tenant_ids IS NULL OR state.tenant_id = ANY (run.tenant_ids))
)`;

const columns = sql`
  run.id, run.step, run.fields, run.tenant_ids AS "tenantIds", run.options, run.requested_by AS "requestedBy", run.reason, run.status,
  ${isoText('requested_at')} AS "requestedAt", ${isoText('finished_at')} AS "finishedAt",
  CASE WHEN run.tenant_ids IS NOT NULL THEN
    ARRAY(SELECT tenant.slug FROM tenant WHERE tenant.id = ANY (run.tenant_ids) ORDER BY tenant.slug COLLATE "C")
  END AS tenants,
  CASE WHEN run.step <> 'migrate' THEN NULL WHEN run.status = 'running' THEN ${progressNow} ELSE run.result -> 'progress' END AS progress,
  nullif(run.result - 'progress', '{}') AS result, run.error`;
