import { byCommand, type Finding } from './finding.ts';
import { findRefFault } from './record-groups.ts';
import { describeRows } from './sample-records.ts';
import { locate, scopeOptions, type Verification } from './verification.ts';

/** Refs to a choice that was merged into the one which their string names: right, but a step behind. */
export async function findMergedRefs(verification: Verification): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const tenant of verification.tenants) {
    const groups = tenant.groups.filter((group) => findRefFault(group) === 'merged');
    if (groups.length > 0)
      findings.push({
        ...locate(verification, tenant),
        code: 'MERGED_REF',
        message: 'rows refer to a choice that was merged into another',
        ...(await describeRows(verification, tenant, groups)),
        ...byCommand('migrate', ...scopeOptions(verification, tenant)),
      });
  }
  return findings;
}
