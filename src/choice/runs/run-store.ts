import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Phase } from '../migrate/phase.ts';
import { listLiveProcesses } from '../processes.ts';
import type { ChoiceRun, RunRequest, RunResult, RunStatus, RunStep } from './choice-run.ts';

/** A run that has to be carried out, as the database keeps it. */
export interface StoredRun extends ChoiceRun {
  readonly id: string;
  readonly options: { readonly to?: Phase };
}

/** For how long after it was asked for a rollback is begun again when its server is gone. */
const ROLLBACK_VALID_MINUTES = 10;
const STALE_ROLLBACK =
  `The server that carried it out is gone, and it was asked for more than ${ROLLBACK_VALID_MINUTES} minutes ago: it was not begun again. ` +
  'See where the fields are, and ask for it again if it is still wanted';

/** Keeps a request as the run of this process. */
export async function insertRun(db: Sql, request: RunRequest, processId: string): Promise<StoredRun> {
  const { rows } = await sql<StoredRun>`
    INSERT INTO choice_run (step, fields, tenant_ids, options, requested_by, reason, process_id)
    VALUES (
      ${request.step}, ${request.fields.map((field) => field.coordinate)}::text[], ${request.tenants?.map((tenant) => tenant.id) ?? null}::uuid[],
      ${JSON.stringify(request.to === undefined ? {} : { to: request.to })}::jsonb, ${request.requestedBy}, ${request.reason ?? null}, ${processId}
    )
    RETURNING ${columns}`.execute(db);
  return rows[0]!;
}

/** Keeps how a run of this process ended. Another process may have taken it over meanwhile: then that one's word counts. */
export async function finishRun(
  db: Sql,
  id: string,
  processId: string,
  outcome: { status: RunStatus; result: RunResult | null; error: string | null },
): Promise<void> {
  await sql`
    UPDATE choice_run SET
      status = ${outcome.status}, result = ${outcome.result === null ? null : JSON.stringify(outcome.result)}::jsonb, error = ${outcome.error}, finished_at = now()
    WHERE id = ${id} AND process_id = ${processId} AND status = 'running'`.execute(db);
}

/**
 * Takes over the runs whose server is gone. Two servers never get the same one. A rollback that was asked for too long ago fails
 * instead: others have moved on since, and it would undo what they did.
 */
export async function adoptRuns(db: Sql, processId: string): Promise<StoredRun[]> {
  const live = (await listLiveProcesses(db)).map((process) => process.id);
  const isStale = sql`step = 'rollback' AND requested_at < now() - make_interval(mins => ${ROLLBACK_VALID_MINUTES})`;
  const abandoned = (condition: RawBuilder<unknown>) => sql`
    SELECT id FROM choice_run
    WHERE status = 'running' AND process_id <> ${processId} AND process_id <> ALL (${live}::uuid[]) AND ${condition}
    ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED`;
  await sql`
    UPDATE choice_run SET status = 'failed', error = ${STALE_ROLLBACK}, finished_at = now()
    WHERE id IN (${abandoned(isStale)})`.execute(db);
  const { rows } = await sql<StoredRun>`
    UPDATE choice_run SET process_id = ${processId} WHERE id IN (${abandoned(sql`NOT (${isStale})`)}) RETURNING ${columns}`.execute(db);
  return rows;
}

/** The run, or undefined. `tenantId` null: whoever asks may see every run; otherwise only those of that tenant alone. */
export async function findRun(db: Sql, id: string, tenantId: string | null): Promise<StoredRun | undefined> {
  const { rows } = await sql<StoredRun>`SELECT ${columns} FROM choice_run WHERE id = ${id} AND ${visibleTo(tenantId)}`.execute(db);
  return rows[0];
}

/** The latest runs, newest first. */
export async function listRuns(db: Sql, tenantId: string | null, limit: number): Promise<StoredRun[]> {
  const { rows } = await sql<StoredRun>`
    SELECT ${columns} FROM choice_run WHERE ${visibleTo(tenantId)} ORDER BY id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** How far the backfills of a run's fields and tenants are: rows done of those that lacked their ref when it was asked for. */
export async function readRunProgress(db: Sql, run: ChoiceRun): Promise<{ done: number; total: number }> {
  const { rows } = await sql<{ done: number; total: number }>`
    SELECT coalesce(sum(done), 0)::int AS done, coalesce(sum(greatest(total, done)), 0)::int AS total
    FROM choice_tenant_state
    WHERE field = ANY (${[...run.fields]}::text[]) AND (${run.tenantIds}::uuid[] IS NULL OR tenant_id = ANY (${run.tenantIds}::uuid[]))`.execute(
    db,
  );
  return rows[0]!;
}

function visibleTo(tenantId: string | null): RawBuilder<unknown> {
  return tenantId === null ? sql`true` : sql`tenant_ids = ARRAY[${tenantId}::uuid]`;
}

const isoText = (column: string) => sql`to_char(${sql.id(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const columns = sql<RunStep>`
  id, step, fields, tenant_ids AS "tenantIds", options, requested_by AS "requestedBy", ${isoText('requested_at')} AS "requestedAt",
  ${isoText('finished_at')} AS "finishedAt", reason, status, result, error`;
