import { sql } from 'kysely';
import { runPatiently } from '../../database/online-ddl.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { describeChange } from '../audit/describe-change.ts';
import type { ChoiceField } from '../choice-field.ts';
import { type Phase, PHASES, recordPhaseChange } from './phase.ts';

/** A phase that tenants go back to by a change of their state alone. */
export type LowerPhase = 'expanded' | 'populated' | 'migrated';

/**
 * Takes tenants of a field back to a phase: those beyond it, and their backfills end where they are. No record is touched; refs,
 * choices and aliases stay. `tenants` undefined: all there are, and at `expanded` those of the future too. Going back to
 * `expanded` waits until nobody counts the rows of a part that a backfill has come to the end of. `lockCap`: how long to try for the states that
 * somebody holds, in milliseconds.
 * @throws OperationError naming who holds them.
 */
export async function lowerPhases(
  db: Sql,
  field: ChoiceField,
  change: {
    tenants: readonly Tenant[] | undefined;
    to: LowerPhase;
    actor: string;
    request?: string | undefined;
    reason?: string;
    lockCap?: number;
  },
): Promise<void> {
  const lower = async (transaction: Sql) => {
    // A tenant that is being created at this moment is waited for, and then seen.
    if (change.to === 'expanded' && change.tenants === undefined)
      await sql`UPDATE choice_field_state SET populates_new_tenants = false WHERE field = ${field.coordinate} AND populates_new_tenants`.execute(
        transaction,
      );
    // Whoever counts a part holds its key: to delete it, that is waited for, to change its phase it is not.
    const lock = change.to === 'expanded' ? sql`FOR UPDATE OF state` : sql`FOR NO KEY UPDATE OF state`;
    const { rows } = await sql<Tenant & { phase: Phase }>`
      SELECT tenant.id, tenant.slug, tenant.name, state.phase
      FROM choice_tenant_state AS state JOIN tenant ON tenant.id = state.tenant_id
      WHERE state.field = ${field.coordinate} AND state.phase = ANY (${PHASES.slice(PHASES.indexOf(change.to) + 1)}::text[])
        AND ${change.tenants === undefined ? sql`true` : sql`tenant.id = ANY (${change.tenants.map((tenant) => tenant.id)}::uuid[])`}
      ORDER BY tenant.id ${lock}`.execute(transaction);
    const { actor, request, reason } = change;
    await describeChange(transaction, { actor, request, reason, operation: 'rollback' });
    await writePhase(transaction, field, rows, change.to);
    for (const [from, tenants] of Map.groupBy(rows, (row) => row.phase))
      await recordPhaseChange(transaction, { field, tenants, from, to: change.to, actor: change.actor, ...reasonOf(change) });
  };
  // Whoever creates a tenant, or looks at one, may hold its state for long.
  await runPatiently(db, ['choice_field_state', 'choice_tenant_state'], lower, change.lockCap);
}

async function writePhase(transaction: Sql, field: ChoiceField, tenants: readonly Tenant[], to: LowerPhase): Promise<void> {
  const ids = tenants.map((tenant) => tenant.id);
  if (to === 'expanded')
    await sql`DELETE FROM choice_tenant_state WHERE field = ${field.coordinate} AND tenant_id = ANY (${ids}::uuid[])`.execute(transaction);
  else
    await sql`
      UPDATE choice_tenant_state SET
        phase = ${to}, wanted = false, stage = 'sweep', cursor = NULL, total = 0, done = 0, pass_updated = 0, pass_skipped = 0,
        awaited = '{}', awaited_since = NULL, batch_limit = NULL, failures = 0, retry_at = NULL, error = NULL, paused_by = NULL, pause_reason = NULL
      WHERE field = ${field.coordinate} AND tenant_id = ANY (${ids}::uuid[])`.execute(transaction);
}

function reasonOf({ reason }: { reason?: string }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
