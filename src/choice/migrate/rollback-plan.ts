import { sql } from 'kysely';
import { readThrough } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import { BlockedError, UsageError } from '../../errors.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { listArchivedTenants } from './archive-strings.ts';
import { findColumnUsers } from './column-users.ts';
import { describeProcesses } from './describe-process.ts';
import { isConnected } from '../process-session.ts';
import { listRecentProcesses } from '../processes.ts';
import { hasReached, type Phase, readPhases } from './phase.ts';
import { type FieldState, readFieldState } from './read-regime.ts';
import type { Scope } from './run.ts';

/** What a rollback does with one field. */
export interface FieldPlan {
  readonly field: ChoiceField;
  readonly state: FieldState;
  /** What brings the strings back into the column alone: a column that is gone is filled again, a window is closed. */
  readonly back: Extract<Regime, 'restore' | 'window'> | undefined;
  /** Whether a rollback that was cut off left something in the archive. It counts for nothing. */
  readonly leftovers: boolean;
  /** Whether tenants born from now on are to be born without choices again. */
  readonly forgetsNewTenants: boolean;
  /** Tenants that are beyond the target, by the phase they are at. */
  readonly beyond: ReadonlyMap<Phase, readonly Tenant[]>;
  /** Whether anything of the field has come as far as the target. */
  readonly reaches: boolean;
}

/**
 * What a rollback of the scope to a phase comes to.
 * @throws UsageError for tenants where only the whole field can go back; BlockedError where nothing has come so far yet, where
 * servers are live that need the field, or where somebody else uses what is to go.
 */
export async function planRollback(db: Sql, scope: Scope, to: Phase): Promise<readonly FieldPlan[]> {
  if (to === 'legacy' && scope.tenants !== undefined) throw fieldWide('to legacy');
  const tenants = scope.tenants ?? (await listTenants(db));
  const phaseOf = await readPhases(readThrough(db));
  const plans: FieldPlan[] = [];
  for (const field of scope.fields) {
    const plan = await planField(db, field, tenants, to, phaseOf);
    plans.push(scope.tenants === undefined ? plan : { ...plan, forgetsNewTenants: false });
  }

  if (scope.tenants !== undefined && plans.some((plan) => plan.back !== undefined))
    throw fieldWide('of a field whose column is to come back');
  if (plans.length > 0 && plans.every((plan) => !plan.reaches))
    throw new BlockedError(
      plans.map(({ field }) => ({
        code: 'PHASE_AHEAD',
        field: field.coordinate,
        message: `${field.coordinate} has not come to phase ${to} yet: rollback only goes back`,
      })),
    );
  if (to === 'legacy') await assertFree(db, plans);
  return plans;
}

/** Whether anything of the field changes by it. */
export function changes({ state, back, beyond, forgetsNewTenants }: FieldPlan, to: Phase): boolean {
  return back !== undefined || beyond.size > 0 || forgetsNewTenants || (to === 'legacy' && state.phase !== 'legacy');
}

async function planField(
  db: Sql,
  field: ChoiceField,
  tenants: readonly Tenant[],
  to: Phase,
  phaseOf: Awaited<ReturnType<typeof readPhases>>,
): Promise<FieldPlan> {
  const state = await readFieldState(db, field);
  const leaves = state.phase !== 'legacy' && to !== 'contracted';
  const back = !leaves || state.regime === 'column' ? undefined : state.phase === 'contracted' ? 'restore' : 'window';
  // Once the column is back, every tenant is at preferred.
  const phases: [Tenant, Phase][] = tenants.map((tenant) => [tenant, back === 'restore' ? 'preferred' : phaseOf(field, tenant.id)]);
  const beyond = Map.groupBy(
    phases.filter(([, phase]) => leaves && phase !== 'expanded' && phase !== to && hasReached(phase, to)),
    ([, phase]) => phase,
  );
  return {
    field,
    state,
    back,
    leftovers: state.phase === 'expanded' && state.regime === 'column' && (await listArchivedTenants(db, field)).length > 0,
    forgetsNewTenants: (to === 'expanded' || to === 'legacy') && state.populatesNewTenants,
    beyond: new Map([...beyond].map(([phase, parts]) => [phase, parts.map(([tenant]) => tenant)])),
    reaches: hasReached(state.phase, to) || phases.some(([, phase]) => hasReached(phase, to)),
  };
}

function fieldWide(what: string): UsageError {
  return new UsageError(`a rollback ${what} is one for all tenants at once: expected no --tenant; leave it out`);
}

/** Without the ref column no server can answer. */
async function assertFree(db: Sql, plans: readonly FieldPlan[]): Promise<void> {
  const leaving = plans.filter(({ state }) => state.phase !== 'legacy');
  if (leaving.length === 0) return;
  await assertNoServers(
    db,
    leaving.map(({ field }) => field),
  );
  const users = (await Promise.all(leaving.map(({ field }) => findColumnUsers(db, field, field.refColumn)))).flat();
  if (users.length > 0) throw new BlockedError(users);
}

/** The condition that no server is connected, be it halted or silent, for a step that holds its locks. */
export const hasNoServers = sql<boolean>`NOT EXISTS (SELECT FROM choice_process AS process WHERE process.kind = 'server' AND ${isConnected})`;

/** @throws BlockedError naming the servers that are live. */
export async function assertNoServers(db: Sql, fields: readonly ChoiceField[]): Promise<void> {
  const servers = (await listRecentProcesses(db, 'server', 0)).filter((server) => server.connected);
  if (servers.length === 0) return;
  throw new BlockedError(
    fields.map((field) => ({
      code: 'SERVERS_LIVE',
      field: field.coordinate,
      message: `${field.coordinate}: servers are live, which need its ref column: ${describeProcesses(servers)}. End them first`,
    })),
  );
}
