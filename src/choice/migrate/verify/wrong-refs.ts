import { sql } from 'kysely';
import type { Finding } from './finding.ts';
import { mendRefs } from './mend-refs.ts';
import { findRefFault, type RecordGroup } from './record-groups.ts';
import { describeRows } from './sample-records.ts';
import { locate, type Verification } from './verification.ts';

/** The rows whose ref `isWrong` picks, tenant by tenant, with one finding per way to mend them. */
export async function findWrongRefs(
  verification: Verification,
  fault: Pick<Finding, 'code' | 'message'>,
  isWrong: (group: RecordGroup) => boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const tenant of verification.tenants)
    for (const { groups, remedy } of await mendRefs(verification, tenant, tenant.groups.filter(isWrong)))
      findings.push({ ...locate(verification, tenant), ...fault, ...(await describeRows(verification, tenant, groups)), ...remedy });
  return findings;
}

/** Of the refs that name no choice of their tenant: those that name another tenant's. */
export async function readForeignRefs({ db, field, tenants }: Verification): Promise<ReadonlySet<string | null>> {
  const refs = tenants.flatMap(({ groups }) => groups.filter((group) => findRefFault(group) === 'unknown').map((group) => group.ref));
  if (refs.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`SELECT id FROM ${sql.table(field.type.table)} WHERE id = ANY (${refs}::uuid[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}
