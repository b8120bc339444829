import { byCommand, type Finding } from './finding.ts';
import { locate, scopeOptions, type Verification } from './verification.ts';

/** Rows that no batch could write, with what the database said. */
export function findQuarantined(verification: Verification): Finding[] {
  return verification.tenants.flatMap((tenant) => {
    if (!tenant.quarantine) return [];
    const { count, sampleIds, errors } = tenant.quarantine;
    return {
      ...locate(verification, tenant),
      code: 'QUARANTINED' as const,
      message: `rows that the backfill could not write: ${errors.join('; ')}. What refuses them has to go first`,
      count,
      sampleIds,
      ...byCommand('migrate', ...scopeOptions(verification, tenant)),
    };
  });
}
