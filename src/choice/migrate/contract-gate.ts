import { type RawBuilder, sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import type { Blocker } from '../../errors.ts';
import { listTenants } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { Regime } from '../regime.ts';
import { findColumnUsers } from './column-users.ts';
import { findDataBlockers } from './data-blockers.ts';
import { describeLegacyWriters, earliestSighting, hasNoLegacyWriters, listLegacyWriters } from './legacy-writers.ts';
import { notExpanded } from './not-expanded.ts';
import { hasReached, type Phase, readPhases } from './phase.ts';
import { type FieldState, readFieldState } from './read-regime.ts';
import { countRecords } from './report.ts';
import type { Scope } from './run.ts';
import { findStructuralFaults } from './structural-fault.ts';

export interface GateOptions {
  /** How long nobody may have written only the legacy column, in milliseconds. */
  readonly window: number;
  /** Goes on with less evidence than the window asks for. */
  readonly force?: boolean;
}

/** Why the legacy column of a field cannot go yet; none: it can, or is gone. Everything is counted afresh. */
export async function findContractBlockers(db: Sql, scope: Scope, field: ChoiceField, options: GateOptions): Promise<Blocker[]> {
  const state = await readFieldState(db, field);
  if (state.regime === 'archive') return [];
  if (state.phase === 'legacy') return [notExpanded(field)];
  const writersSince = await readWindowStart(db, options.window);
  // A window of nothing asks for no evidence.
  const sightedSince = options.window > 0 ? earliestSighting(writersSince) : writersSince;
  const users = [
    ...describeLegacyWriters(field, await listLegacyWriters(db, field, sightedSince)),
    ...(await findColumnUsers(db, field, field.legacyColumn)),
  ];
  // The column is there because a way back was cut off: the rows were let go before.
  if (state.regime === 'restore') return users;
  return [
    ...findBirthBlockers(field, state),
    ...(await findRowBlockers(db, { ...scope, fields: [field], tenants: undefined })),
    ...(await findStructureBlockers(db, field, state.regime)),
    ...users,
    ...(options.force ? [] : findEvidenceBlockers(field, state, writersSince)),
  ];
}

/**
 * Why the legacy column cannot go now, although its gate let it go: what may have changed since then, told without counting rows.
 * `writersSince`: who wrote the old way since then keeps the column.
 */
export async function findLateBlockers(db: Sql, field: ChoiceField, writersSince: Date): Promise<Blocker[]> {
  const state = await readFieldState(db, field);
  const writers = describeLegacyWriters(field, await listLegacyWriters(db, field, writersSince));
  const turnedBack = state.storage === 'archive' ? [] : [describeTurnedBack(field)];
  if (state.phase === 'contracted') return [...writers, ...turnedBack];
  const phaseOf = await readPhases(readThrough(db));
  const phases = (await listTenants(db)).map((tenant) => [tenant.slug, phaseOf(field, tenant.id)] as const);
  return [
    ...writers,
    ...turnedBack,
    ...findBirthBlockers(field, state),
    ...phases.flatMap(([slug, phase]) => (hasReached(phase, 'preferred') ? [] : [notPreferred(field.coordinate, slug, phase)])),
  ];
}

/** The conditions that `findLateBlockers` finds none; `state` names the field's row. */
export function hasNoLateBlockers(field: ChoiceField, writersSince: Date): RawBuilder<boolean> {
  return sql`${hasNoLegacyWriters(field, writersSince)} AND state.storage = 'archive' AND (
    state.phase = 'contracted' OR state.populates_new_tenants AND NOT EXISTS (
      SELECT FROM tenant LEFT JOIN choice_tenant_state AS part ON part.tenant_id = tenant.id AND part.field = state.field
      WHERE part.phase IS DISTINCT FROM 'preferred'
    )
  )`;
}

/** Servers were told to name the column no more; somebody has taken that back meanwhile. */
function describeTurnedBack(field: ChoiceField): Blocker {
  const message = `${field.coordinate} was rolled back meanwhile. Run the command again`;
  return { code: 'TURNED_BACK', field: field.coordinate, message };
}

/** By the clock that the triggers record by. */
async function readWindowStart(db: Sql, window: number): Promise<Date> {
  const { rows } = await sql<{ since: Date }>`SELECT now() - make_interval(secs => ${window / 1000}) AS since`.execute(db);
  return rows[0]!.since;
}

/** A tenant that is born without choices could not say what its records are. */
function findBirthBlockers(field: ChoiceField, { populatesNewTenants }: FieldState): Blocker[] {
  if (populatesNewTenants) return [];
  return [
    {
      code: 'NEW_TENANTS',
      field: field.coordinate,
      message: `${field.coordinate}: tenants created from now on would be born without choices. Run: choices populate --field ${field.coordinate}`,
    },
  ];
}

async function findRowBlockers(db: Sql, scope: Scope): Promise<Blocker[]> {
  return (await countRecords(db, scope)).flatMap((report) => [
    ...(hasReached(report.phase, 'preferred') ? [] : [notPreferred(report.field, report.tenant, report.phase)]),
    ...findDataBlockers(report),
  ]);
}

function notPreferred(field: string, tenant: string, phase: Phase): Blocker {
  const message = `${field} of ${tenant} is at phase ${phase}. Run: choices ${NEXT[phase] ?? 'prefer'} --field ${field} --tenant ${tenant}`;
  return { code: 'NOT_PREFERRED', field, tenant, message };
}

const NEXT: Readonly<Record<string, string>> = { expanded: 'populate', populated: 'migrate' };

async function findStructureBlockers(db: Sql, field: ChoiceField, regime: Regime): Promise<Blocker[]> {
  return (await findStructuralFaults(db, field, regime)).map(({ message, mendedByExpand }) => ({
    code: 'STRUCTURE',
    field: field.coordinate,
    message: `${field.coordinate}: ${message}. ${mendedByExpand ? `Run: choices expand --field ${field.coordinate}` : 'It could not come back as it is'}`,
  }));
}

function findEvidenceBlockers(field: ChoiceField, { expandedAt }: FieldState, since: Date): Blocker[] {
  if (expandedAt === undefined || expandedAt <= since) return [];
  return [
    {
      code: 'INSUFFICIENT_EVIDENCE',
      field: field.coordinate,
      message: `${field.coordinate}: who writes only the legacy column is recorded since ${expandedAt.toISOString()}, which is less than the window asks for. Wait, choose a shorter --window, or override with --force --reason TEXT`,
    },
  ];
}
