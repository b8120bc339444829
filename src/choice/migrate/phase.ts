import { sql } from 'kysely';
import { quoteLiteral } from '../../database/identifier.ts';
import type { Read } from '../../database/read.ts';
import type { Sql } from '../../database/owner-database.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import { isInScope } from './progress.ts';
import type { Scope } from './run.ts';

/** In this order. `legacy`, `expanded` and `contracted` hold for a field; those between for a field and a tenant. */
export const PHASES = ['legacy', 'expanded', 'populated', 'migrated', 'preferred', 'contracted'] as const;
export type Phase = (typeof PHASES)[number];

/** Whether a phase is the other one or comes after it. */
export function hasReached(phase: Phase, other: Phase): boolean {
  return PHASES.indexOf(phase) >= PHASES.indexOf(other);
}

/** Coordinate → the field-wide phase. A field that is not in the map is at `legacy`. */
export async function readFieldPhases(read: Read): Promise<Map<string, Phase>> {
  const rows = await read(sql<{ field: string; phase: Phase }>`SELECT field, phase FROM choice_field_state`);
  return new Map(rows.map((row) => [row.field, row.phase]));
}

/** Reads phases of fields × tenants, all of them or those of a scope: `phaseOf(field, tenantId)`. */
export async function readPhases(
  read: Read,
  scope?: Pick<Scope, 'fields' | 'tenants'>,
): Promise<(field: ChoiceField, tenantId: string) => Phase> {
  const fieldPhases = await readFieldPhases(read);
  const asked = scope ? sql`field = ANY (${scope.fields.map((field) => field.coordinate)}::text[]) AND ${isInScope(scope)}` : sql`true`;
  const rows = await read(
    sql<{
      field: string;
      tenant_id: string;
      phase: Phase;
    }>`SELECT field, tenant_id, phase FROM choice_tenant_state AS state WHERE ${asked}`,
  );
  const tenantPhases = new Map(rows.map((row) => [`${row.field} ${row.tenant_id}`, row.phase]));
  return (field, tenantId) => {
    const phase = fieldPhases.get(field.coordinate) ?? 'legacy';
    return phase === 'expanded' ? (tenantPhases.get(`${field.coordinate} ${tenantId}`) ?? phase) : phase;
  };
}

/** Records a transition; the caller changes the phase in the same transaction. `tenants` undefined: field-wide. */
export async function recordPhaseChange(
  transaction: Sql,
  change: { field: ChoiceField; tenants: readonly Tenant[] | undefined; from: Phase; to: Phase; actor: string; reason?: string },
): Promise<void> {
  const tenantIds = change.tenants?.map((tenant) => tenant.id) ?? [null];
  await sql`
    INSERT INTO choice_phase_change (field, tenant_id, from_phase, to_phase, changed_by, reason)
    SELECT ${change.field.coordinate}, tenant_id, ${change.from}, ${change.to}, ${change.actor}, ${change.reason ?? null}
    FROM unnest(${tenantIds}::uuid[]) AS tenant_id`.execute(transaction);
}

/** SQL text that records a transition of a field as a whole, for statements that go to the server as one message. */
export function phaseChangeStatement(change: { field: ChoiceField; from: Phase; to: Phase; actor: string; reason?: string }): string {
  const values = [change.field.coordinate, change.from, change.to, change.actor].map(quoteLiteral);
  const reason = change.reason === undefined ? 'NULL' : quoteLiteral(change.reason);
  return `INSERT INTO choice_phase_change (field, from_phase, to_phase, changed_by, reason) VALUES (${values.join(', ')}, ${reason})`;
}
