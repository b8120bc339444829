import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { isInScope } from './progress.ts';
import type { RunOptions, Scope } from './run.ts';

export interface PauseResult {
  readonly ok: true;
  /** How many backfills of a field and tenant were paused, or resumed. */
  readonly parts: number;
  readonly fields: readonly { readonly field: string; readonly tenant: string }[];
}

/**
 * Lets the backfills of the scope that somebody asked for rest, from the end of their current batch on, until they are resumed.
 * Those that are paused already keep whoever paused them.
 */
export function pauseMigration(
  db: Sql,
  scope: Scope,
  options: RunOptions & { readonly reason?: string | undefined },
): Promise<PauseResult> {
  const { actor, reason = null } = options;
  return changeParts(
    db,
    scope,
    options,
    sql`state.wanted AND state.paused_by IS NULL`,
    sql`paused_by = ${actor}, pause_reason = ${reason}`,
  );
}

/** Lets paused backfills of the scope go on, from where they were. */
export function resumeMigration(db: Sql, scope: Scope, options: RunOptions): Promise<PauseResult> {
  return changeParts(db, scope, options, sql`state.paused_by IS NOT NULL`, sql`paused_by = NULL, pause_reason = NULL`);
}

async function changeParts(
  db: Sql,
  scope: Scope,
  { dryRun }: RunOptions,
  condition: RawBuilder<unknown>,
  change: RawBuilder<unknown>,
): Promise<PauseResult> {
  const chosen = sql`
    SELECT state.field, state.tenant_id, tenant.slug
    FROM choice_tenant_state AS state JOIN tenant ON tenant.id = state.tenant_id
    WHERE state.field = ANY (${scope.fields.map((field) => field.coordinate)}::text[]) AND ${isInScope(scope)} AND ${condition}`;
  const { rows } = await sql<{ field: string; tenant: string }>`
    WITH chosen AS (${chosen} ${dryRun ? sql`` : sql`ORDER BY state.tenant_id, state.field FOR NO KEY UPDATE OF state`}),
    changed AS (${
      dryRun
        ? sql`SELECT field, slug FROM chosen`
        : sql`
          UPDATE choice_tenant_state AS state SET ${change} FROM chosen
          WHERE state.field = chosen.field AND state.tenant_id = chosen.tenant_id RETURNING state.field, chosen.slug`
    })
    SELECT field, slug AS tenant FROM changed ORDER BY field, slug COLLATE "C"`.execute(db);
  return { ok: true, parts: rows.length, fields: rows };
}
