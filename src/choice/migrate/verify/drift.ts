import type { Finding } from './finding.ts';
import { findRefFault } from './record-groups.ts';
import type { Verification } from './verification.ts';
import { findWrongRefs } from './wrong-refs.ts';

/** Refs to one choice beside a string that names another, or none. */
export function findDrift(verification: Verification): Promise<Finding[]> {
  const fault = { code: 'DRIFT', message: 'rows refer to another choice than their legacy value' } as const;
  return findWrongRefs(verification, fault, (group) => findRefFault(group) === 'drift');
}
