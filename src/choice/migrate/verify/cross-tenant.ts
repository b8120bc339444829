import type { Finding } from './finding.ts';
import { findRefFault } from './record-groups.ts';
import type { Verification } from './verification.ts';
import { findWrongRefs } from './wrong-refs.ts';

/** Refs to a choice that only another tenant has. The foreign key keeps them out, unless somebody wrote past it. */
export function findCrossTenantRefs(verification: Verification): Promise<Finding[]> {
  const fault = { code: 'CROSS_TENANT', message: 'rows refer to a choice of another tenant' } as const;
  return findWrongRefs(verification, fault, (group) => findRefFault(group) === 'unknown' && verification.foreignRefs.has(group.ref));
}
