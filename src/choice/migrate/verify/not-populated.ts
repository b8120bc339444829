import { hasReached } from '../phase.ts';
import { byCommand, type Finding } from './finding.ts';
import { locate, scopeOptions, type Verification } from './verification.ts';

/** Tenants that have no choices of the field yet. */
export function findUnpopulated(verification: Verification): Finding[] {
  if (verification.state.phase === 'legacy') return [];
  return verification.tenants
    .filter(({ report }) => !hasReached(report.phase, 'populated'))
    .map((tenant) => ({
      ...locate(verification, tenant),
      code: 'NOT_POPULATED',
      message: 'the tenant has no choices of this field yet',
      count: tenant.report.rows,
      sampleIds: [],
      ...byCommand('populate', ...scopeOptions(verification, tenant)),
    }));
}
