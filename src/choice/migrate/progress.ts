import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import type { Stage } from './backfill/part.ts';
import type { Scope } from './run.ts';

/** How far the backfill of a field and tenant is, whoever works on it. */
export interface PartProgress {
  readonly field: string;
  readonly tenant: string;
  /** Whether somebody asked for it and it has not ended since. */
  readonly wanted: boolean;
  readonly stage: Stage;
  /** Rows updated since it was asked for. */
  readonly done: number;
  /** Rows that were to be updated when it was asked for; once it has ended, those that were. */
  readonly total: number;
  readonly paused: { readonly by: string; readonly reason: string | null } | null;
  /** Rows that no batch could write. */
  readonly quarantined: number;
  /** What the database said of one of them. */
  readonly quarantineError: string | null;
  /** Why the latest batch failed, or why it ended undone; one reason a line. */
  readonly error: string | null;
}

/** Parts without choices are not in it. In the order of the scope's fields, then of slugs. */
export async function readProgress(db: Sql, scope: Scope): Promise<PartProgress[]> {
  const fields = scope.fields.map((field) => field.coordinate);
  const { rows } = await sql<
    Omit<PartProgress, 'done' | 'total' | 'paused'> & { done: string; total: string; pausedBy: string | null; pauseReason: string | null }
  >`
    SELECT
      state.field, tenant.slug AS tenant, wanted, stage, done, greatest(total, done) AS total, paused_by AS "pausedBy", pause_reason AS "pauseReason", error,
      (SELECT count(*)::int FROM choice_quarantine AS row WHERE row.tenant_id = state.tenant_id AND row.field = state.field) AS quarantined,
      (SELECT row.error FROM choice_quarantine AS row WHERE row.tenant_id = state.tenant_id AND row.field = state.field ORDER BY record_id LIMIT 1) AS "quarantineError"
    FROM choice_tenant_state AS state JOIN tenant ON tenant.id = state.tenant_id
    WHERE state.field = ANY (${fields}::text[]) AND ${isInScope(scope)}
    ORDER BY array_position(${fields}::text[], state.field), tenant.slug COLLATE "C"`.execute(db);
  return rows.map(({ pausedBy, pauseReason, ...row }) => ({
    ...row,
    done: Number(row.done),
    total: Number(row.total),
    paused: pausedBy === null ? null : { by: pausedBy, reason: pauseReason },
  }));
}

/** The condition on `state` that its tenant is one of the scope's. */
export function isInScope({ tenants }: Pick<Scope, 'tenants'>) {
  return tenants === undefined ? sql`true` : sql`state.tenant_id = ANY (${tenants.map((tenant) => tenant.id)}::uuid[])`;
}
