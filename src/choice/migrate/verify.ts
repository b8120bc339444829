import type { Sql } from '../../database/owner-database.ts';
import { readThrough } from '../../database/read.ts';
import { listTenants, type Tenant } from '../../tenancy/tenant.ts';
import type { ChoiceField } from '../choice-field.ts';
import type { LegacyStorage } from '../legacy-storage.ts';
import { columnExists } from './catalog.ts';
import { type FieldState, readFieldState } from './read-regime.ts';
import { authoritativeStorage, countField, type FieldReport, readStanding, type Report, withQuarantine } from './report.ts';
import { assertSeesEveryRow } from './row-security.ts';
import type { RunOptions, Scope } from './run.ts';
import type { Finding } from './verify/finding.ts';
import { readForeignRefs } from './verify/foreign-refs.ts';
import { readQuarantine } from './verify/quarantine.ts';
import { inSnapshot } from './verify/snapshot.ts';
import type { TenantVerification, Verification } from './verify/verification.ts';
import { verificationRules } from './verify/verification-rules.ts';

export type { Finding };

export interface VerifyResult extends Report {
  readonly findings: readonly Finding[];
}

/**
 * Compares every row, and the DDL around it, with what the design promises, each field in one snapshot. Writes nothing.
 * `ok` is false where something is found. What `onProgress` throws ends it between two fields.
 * @throws OperationError where row-level security could hide rows.
 */
export async function verifyRecords(db: Sql, scope: Scope, onProgress?: RunOptions['onProgress']): Promise<VerifyResult> {
  await assertSeesEveryRow(db, scope.fields);
  const fields: FieldReport[] = [];
  const findings: Finding[] = [];
  for (const [done, field] of scope.fields.entries()) {
    onProgress?.({ step: 'verify', field: field.coordinate, done, total: scope.fields.length });
    await inSnapshot(db, [field], async (snapshot) => {
      const tenants = scope.tenants ?? (await listTenants(snapshot));
      const verification = await prepare(snapshot, field, tenants, scope.fields);
      fields.push(...verification.tenants.map(({ report, quarantine }) => withQuarantine(report, quarantine)));
      for (const findFaults of verificationRules) findings.push(...(await findFaults(verification)));
    });
  }
  return { ok: findings.length === 0, fields, findings, blockers: [] };
}

async function prepare(db: Sql, field: ChoiceField, tenants: readonly Tenant[], fields: readonly ChoiceField[]): Promise<Verification> {
  const state = await readFieldState(db, field);
  const storage = authoritativeStorage(state);
  const counted = (await hasColumns(db, field, state)) ? await readTenants(db, field, tenants, storage) : [];
  const groups = counted.flatMap((tenant) => tenant.groups);
  return {
    db,
    field,
    state,
    storage: storage ?? 'column',
    tenants: counted,
    foreignRefs: await readForeignRefs(db, field, groups),
    speaksFor: {
      database: field === fields[0],
      table: field === fields.find((other) => other.table === field.table),
      type: field === fields.find((other) => other.type === field.type),
    },
  };
}

/** Without its columns a field has no rows that could be judged: what is missing is found with the structure. */
async function hasColumns(db: Sql, field: ChoiceField, { phase, regime }: FieldState): Promise<boolean> {
  const columns = [...(regime === 'archive' ? [] : [field.legacyColumn]), ...(phase === 'legacy' ? [] : [field.refColumn])];
  for (const column of columns) if (!(await columnExists(db, field.table, column))) return false;
  return true;
}

async function readTenants(
  db: Sql,
  field: ChoiceField,
  tenants: readonly Tenant[],
  storage: LegacyStorage | undefined,
): Promise<TenantVerification[]> {
  const read = readThrough(db);
  const quarantine = await readQuarantine(read, field, tenants, storage);
  const counted = await countField(read, field, tenants, { ...(await readStanding(read, [field], tenants)), storageOf: () => storage });
  return counted.map((part) => ({ ...part, quarantine: quarantine.get(part.tenant.id) }));
}
