import { hasReached } from '../phase.ts';
import { countUnaccepted } from '../report.ts';
import { type Finding, listValues } from './finding.ts';
import { sampleRecords } from './sample-records.ts';
import { locate, type Verification } from './verification.ts';

/** Rows whose string no choice stands for, and that nobody accepted. */
export async function findUnmapped(verification: Verification): Promise<Finding[]> {
  const { field } = verification;
  const findings: Finding[] = [];
  for (const tenant of verification.tenants) {
    if (!hasReached(tenant.report.phase, 'populated')) continue;
    const values = tenant.report.unmapped.filter((unmapped) => !unmapped.accepted).map((unmapped) => unmapped.value);
    if (values.length === 0) continue;
    const known = new Set(values);
    const groups = tenant.groups.filter((group) => group.ref === null && known.has(group.value!));
    const at = `${field.coordinate} --tenant ${tenant.tenant.slug}`;
    findings.push({
      ...locate(verification, tenant),
      code: 'UNMAPPED',
      message: `rows carry values that no choice has: ${listValues(values)}`,
      count: countUnaccepted(tenant.report),
      sampleIds: await sampleRecords(verification, tenant, groups),
      remedy: `choices map ${at} VALUE=KEY, or choices accept ${at} VALUE --reason TEXT`,
    });
  }
  return findings;
}
