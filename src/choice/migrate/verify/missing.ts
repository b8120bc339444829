import { sql } from 'kysely';
import { hasReached } from '../phase.ts';
import { byCommand, type Finding } from './finding.ts';
import { sampleRecords } from './sample-records.ts';
import { countRows, locate, scopeOptions, type Verification } from './verification.ts';

/** Rows without a ref whose string resolves, but for those that no batch could write: they are found by another rule. */
export async function findMissing(verification: Verification): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const tenant of verification.tenants) {
    if (!hasReached(tenant.report.phase, 'populated')) continue;
    const groups = tenant.groups.filter((group) => group.ref === null && group.resolved !== null);
    const count = countRows(groups) - (tenant.quarantine?.missing ?? 0);
    if (count > 0)
      findings.push({
        ...locate(verification, tenant),
        code: 'MISSING',
        message: 'rows lack the ref that their legacy value resolves to',
        count,
        sampleIds: await sampleRecords(verification, tenant, groups, notQuarantined(verification)),
        ...byCommand('migrate', ...scopeOptions(verification, tenant)),
      });
  }
  return findings;
}

function notQuarantined({ field }: Verification) {
  return sql`NOT EXISTS (
    SELECT FROM choice_quarantine AS quarantined
    WHERE quarantined.tenant_id = record.tenant_id AND quarantined.field = ${field.coordinate} AND quarantined.record_id = record.id
  )`;
}
