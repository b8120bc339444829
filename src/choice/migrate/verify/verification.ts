import type { Sql } from '../../../database/owner-database.ts';
import type { ChoiceField } from '../../choice-field.ts';
import type { LegacyStorage } from '../../legacy-storage.ts';
import type { FieldState } from '../read-regime.ts';
import type { CountedTenant } from '../report.ts';
import type { Finding } from './finding.ts';
import type { Quarantine } from './quarantine.ts';
import type { RecordGroup } from './record-groups.ts';

/** Looks for faults of one kind. It only reads. */
export type VerificationRule = (verification: Verification) => Promise<readonly Finding[]> | readonly Finding[];

/** One field in one snapshot. */
export interface Verification {
  readonly db: Sql;
  readonly field: ChoiceField;
  /** Where it stands. */
  readonly state: FieldState;
  /** Where its strings are judged: in what counts, while they are kept twice. */
  readonly storage: LegacyStorage;
  readonly tenants: readonly TenantVerification[];
  /** Refs of their rows that name a choice of another tenant. */
  readonly foreignRefs: ReadonlySet<string | null>;
  /** Whether what this field shares with others is told here: each fault once, at the first field of the run that has it. */
  readonly speaksFor: { readonly database: boolean; readonly table: boolean; readonly type: boolean };
}

/** One tenant's rows of it. */
export interface TenantVerification extends CountedTenant {
  readonly quarantine: Quarantine | undefined;
}

/** Where a finding about a tenant's rows is. */
export function locate({ field }: Verification, { tenant }: TenantVerification): { field: string; tenant: string } {
  return { field: field.coordinate, tenant: tenant.slug };
}

/** The same as options of a command. */
export function scopeOptions({ field }: Verification, { tenant }: TenantVerification): readonly string[] {
  return ['--field', field.coordinate, '--tenant', tenant.slug];
}

export function countRows(groups: readonly RecordGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}
