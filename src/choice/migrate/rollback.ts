import { withExclusive } from '../../database/exclusive.ts';
import { quoteLiteral } from '../../database/identifier.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Blocker } from '../../errors.ts';
import type { ChoiceField } from '../choice-field.ts';
import { dropRefColumn } from '../derive/columns.ts';
import { dropForeignKey } from '../derive/foreign-key.ts';
import { replaceObjects } from '../derive/objects.ts';
import { emptyArchive } from './archive-strings.ts';
import { leadServers } from './lead-servers.ts';
import { lowerPhases } from './lower-phases.ts';
import { type Phase, PHASES, phaseChangeStatement } from './phase.ts';
import { assertNoServers, changes, type FieldPlan, hasNoServers, planRollback } from './rollback-plan.ts';
import { describeRollback, restoreColumn, type RestoreOptions } from './restore-column.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { Scope } from './run.ts';
import { runFieldStep } from './run-field-step.ts';
import { lockAll } from './structure.ts';

/** `lockCap`: how long to try for a lock that blocks writers, `serverCap`: how long servers have to follow, both in milliseconds. */
export type RollbackOptions = RestoreOptions & { readonly to: Phase };

export interface RolledBack {
  readonly field: string;
  /** Slugs; absent: the field as a whole. */
  readonly tenants?: readonly string[];
  readonly from: Phase;
  readonly to: Phase;
  readonly changed: boolean;
}

export interface RollbackResult {
  readonly ok: true;
  readonly fields: readonly RolledBack[];
  readonly blockers: readonly Blocker[];
}

/**
 * Takes fields back to a phase, from any that lies beyond it. To `migrated`, `populated` and `expanded` it flips the state of
 * tenants and rewrites no row; from `contracted` the column comes back to the byte, filled before servers are told of it; to
 * `legacy` triggers, foreign key, indexes and ref column go, while choices, aliases and acceptances stay. What has not come
 * as far as the target stays where it is. A run that was cut off goes on where it stopped.
 * @throws UsageError, BlockedError: nothing was changed then, unless servers do not follow, or one joins while a field is on its
 * way to `legacy`: what is done so far stays.
 */
export async function rollbackFields(db: Sql, scope: Scope, options: RollbackOptions): Promise<RollbackResult> {
  await assertSeesEveryRow(db, scope.fields);
  const plans = await planRollback(db, scope, options.to);
  const conclude = (steps: readonly FieldPlan[]) => ({
    ok: true as const,
    fields: steps.flatMap((plan) => describe(plan, options.to)),
    blockers: [],
  });
  if (options.dryRun) return conclude(plans);

  const run = async (steps: readonly FieldPlan[]) => {
    for (const plan of steps) await rollBack(db, scope, plan, options);
    return conclude(steps);
  };
  // A flip waits for nobody's DDL; what waited looks again.
  const needsDdl = plans.some((plan) => plan.back !== undefined || plan.leftovers || (options.to === 'legacy' && changes(plan, 'legacy')));
  return needsDdl ? withExclusive(db, 'choices ddl', async () => run(await planRollback(db, scope, options.to))) : run(plans);
}

function describe(plan: FieldPlan, to: Phase): RolledBack[] {
  const { field, state, back, beyond } = plan;
  const at = { field: field.coordinate, to };
  const changed = changes(plan, to);
  if (back === 'restore' || state.phase === 'contracted') return [{ ...at, from: 'contracted', changed }];
  if (to === 'legacy')
    return [{ ...at, from: state.phase === 'legacy' ? 'legacy' : (PHASES.findLast((phase) => beyond.has(phase)) ?? 'expanded'), changed }];
  const flips = [...beyond].map(([from, tenants]) => ({ ...at, tenants: tenants.map((tenant) => tenant.slug), from, changed: true }));
  if (flips.length > 0) return flips;
  return [{ ...at, from: changed ? (back === 'window' ? 'preferred' : 'expanded') : to, changed }];
}

async function rollBack(db: Sql, scope: Scope, plan: FieldPlan, options: RollbackOptions): Promise<void> {
  const { field, state, back } = plan;
  const { to } = options;
  if (state.phase === 'legacy' || to === 'contracted') return;
  if (back === 'restore') await restoreColumn(db, field, options);
  if (back === 'window') await closeWindow(db, field, options);
  if (plan.leftovers) await emptyArchive(db, field, options.lockCap);
  if (to === 'preferred') return;
  const lower = to === 'legacy' ? 'expanded' : to;
  await lowerPhases(db, field, { ...options, tenants: scope.tenants, to: lower });
  if (to === 'legacy') await dropStructure(db, field, options);
}

/** The column was there all the time: servers name it again, then what kept the archive goes. */
async function closeWindow(db: Sql, field: ChoiceField, options: RollbackOptions): Promise<void> {
  const change = describeRollback(options);
  await leadServers(db, field, { storage: 'column', regime: 'window', change, cap: options.serverCap, lockCap: options.lockCap });
  await runFieldStep(db, field, {
    locks: lockAll([field.table], 'ACCESS EXCLUSIVE'),
    regime: 'window',
    statements: replaceObjects(field, 'window', 'column'),
    lockCap: options.lockCap,
  });
  await emptyArchive(db, field, options.lockCap);
}

async function dropStructure(db: Sql, field: ChoiceField, options: RollbackOptions): Promise<void> {
  const coordinate = quoteLiteral(field.coordinate);
  await runFieldStep(db, field, {
    // The foreign key has triggers on the choices' table, too.
    locks: lockAll([field.table, field.type.table], 'ACCESS EXCLUSIVE'),
    regime: 'column',
    condition: hasNoServers,
    change: describeRollback(options),
    statements: [
      ...replaceObjects(field, 'column', undefined),
      dropForeignKey(field),
      dropRefColumn(field),
      ...['choice_tenant_state', 'choice_quarantine', 'choice_verification', 'choice_dropped_column', 'choice_field_state'].map(
        (table) => `DELETE FROM ${table} WHERE field = ${coordinate}`,
      ),
      phaseChangeStatement({ ...options, field, from: 'expanded', to: 'legacy' }),
    ],
    lockCap: options.lockCap,
    explain: () => assertNoServers(db, [field]),
  });
}
