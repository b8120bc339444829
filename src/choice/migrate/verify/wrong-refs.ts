import type { Finding } from './finding.ts';
import { mendRefs } from './mend-refs.ts';
import type { RecordGroup } from './record-groups.ts';
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
