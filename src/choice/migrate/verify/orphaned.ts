import type { Finding } from './finding.ts';
import { findRefFault } from './record-groups.ts';
import type { Verification } from './verification.ts';
import { findWrongRefs } from './wrong-refs.ts';

/** Refs to a choice that nobody has. The foreign key keeps them out, unless somebody wrote past it. */
export function findOrphanedRefs(verification: Verification): Promise<Finding[]> {
  const fault = { code: 'ORPHANED', message: 'rows refer to a choice that does not exist' } as const;
  return findWrongRefs(verification, fault, (group) => findRefFault(group) === 'unknown' && !verification.foreignRefs.has(group.ref));
}
