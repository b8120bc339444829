import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import { countPending } from './backfill/count-pending.ts';
import type { Part } from './backfill/part.ts';
import { isInScope } from './progress.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { Scope } from './run.ts';

/** A part that was asked for. */
export interface RequestedPart extends Part {
  /** Rows that an earlier request, which this one joins, had done by then. */
  readonly done: number;
}

/**
 * Asks for the backfill of every field and tenant of the scope that has choices; whoever works – `choices worker`, `choices migrate` –
 * does it. A part that is under way or was cut off goes on from its cursor, and no row that comes to resolve before this call is
 * missed: its pass is followed by others from the beginning. Rows in quarantine are tried again. What is paused stays paused.
 */
export async function requestMigration(db: Sql, scope: Scope, options: { readonly actor: string }): Promise<RequestedPart[]> {
  await assertSeesEveryRow(db, scope.fields);
  const tenants = scope.tenants ?? (await listTenants(db));
  const parts = scope.fields.flatMap((field) => tenants.map((tenant) => ({ field, tenant })));
  // Those at work go on while the rest is counted: what they had done before is what belongs to it.
  const earlier = await readDone(db, scope);
  const pendingOf = await countPending(db, scope.fields, tenants);
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ field: string; tenantId: string; done: string }>`
      WITH asked AS (
        SELECT * FROM unnest(
          ${parts.map(({ field }) => field.coordinate)}::text[], ${parts.map(({ tenant }) => tenant.id)}::uuid[],
          ${parts.map(({ field, tenant }) => pendingOf(field, tenant))}::bigint[],
          ${parts.map(({ field, tenant }) => earlier.get(`${field.coordinate} ${tenant.id}`) ?? 0)}::bigint[]
        ) AS asked (field, tenant_id, pending, earlier)
      ),
      -- In one order, so that two requests never wait for each other.
      locked AS MATERIALIZED (
        SELECT state.field, state.tenant_id FROM choice_tenant_state AS state JOIN asked USING (field, tenant_id)
        ORDER BY state.tenant_id, state.field FOR NO KEY UPDATE OF state
      )
      UPDATE choice_tenant_state AS state SET
        wanted = true, stage = 'sweep', requested_by = ${options.actor}, requested_at = clock_timestamp(),
        done = CASE WHEN state.wanted THEN state.done ELSE 0 END,
        total = CASE WHEN state.wanted THEN least(asked.earlier, state.done) ELSE 0 END + asked.pending,
        pass_updated = 0, pass_skipped = 0, awaited = '{}', awaited_since = NULL, batch_limit = NULL, failures = 0, retry_at = NULL, error = NULL
      FROM asked JOIN locked USING (field, tenant_id)
      WHERE state.field = asked.field AND state.tenant_id = asked.tenant_id
      RETURNING state.field, state.tenant_id AS "tenantId", state.done`.execute(transaction);
    const doneOf = new Map(rows.map((row) => [`${row.field} ${row.tenantId}`, Number(row.done)]));
    const requested = parts.flatMap((part) => {
      const done = doneOf.get(`${part.field.coordinate} ${part.tenant.id}`);
      return done === undefined ? [] : [{ ...part, done }];
    });
    await clearQuarantine(transaction, requested);
    return requested;
  });
}

async function readDone(db: Sql, scope: Scope): Promise<Map<string, number>> {
  const { rows } = await sql<{ part: string; done: string }>`
    SELECT field || ' ' || tenant_id AS part, done FROM choice_tenant_state AS state
    WHERE wanted AND field = ANY (${scope.fields.map((field) => field.coordinate)}::text[]) AND ${isInScope(scope)}`.execute(db);
  return new Map(rows.map(({ part, done }) => [part, Number(done)]));
}

async function clearQuarantine(transaction: Sql, parts: readonly Part[]): Promise<void> {
  await sql`
    DELETE FROM choice_quarantine AS quarantine
    USING unnest(${parts.map(({ field }) => field.coordinate)}::text[], ${parts.map(({ tenant }: { tenant: Tenant }) => tenant.id)}::uuid[]) AS asked (field, tenant_id)
    WHERE quarantine.field = asked.field AND quarantine.tenant_id = asked.tenant_id`.execute(transaction);
}
