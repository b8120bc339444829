import { findAliasesOfDeleted } from './alias-of-deleted.ts';
import { findArchiveFaults } from './archive.ts';
import { findChoiceConstraints } from './choice-constraints.ts';
import { findChoiceIndexes, findChoiceTriggers } from './choice-objects.ts';
import { findControlObjects } from './control-objects.ts';
import { findCrossTenantRefs } from './cross-tenant.ts';
import { findDrift } from './drift.ts';
import { findDuplicateLabels } from './duplicate-labels.ts';
import { findFieldStructure } from './field-structure.ts';
import { findGuardFunctions } from './guard-functions.ts';
import { findMergedRefs } from './merged-ref.ts';
import { findMisledAliases } from './misled-aliases.ts';
import { findMissing } from './missing.ts';
import { findUnpopulated } from './not-populated.ts';
import { findOrphanedRefs } from './orphaned.ts';
import { findQuarantined } from './quarantined.ts';
import { findRowSecurityOff } from './row-security-off.ts';
import { findSwitchedOffKeys } from './switched-off-keys.ts';
import { findUnmapped } from './unmapped.ts';
import type { VerificationRule } from './verification.ts';

/** Everything that verification looks for: first what all rows rest on, then the rows, then the choices. */
export const verificationRules: readonly VerificationRule[] = Object.freeze([
  findFieldStructure,
  findChoiceConstraints,
  findChoiceIndexes,
  findChoiceTriggers,
  findGuardFunctions,
  findControlObjects,
  findSwitchedOffKeys,
  findRowSecurityOff,
  findUnpopulated,
  findCrossTenantRefs,
  findOrphanedRefs,
  findDrift,
  findMergedRefs,
  findQuarantined,
  findMissing,
  findUnmapped,
  findArchiveFaults,
  findMisledAliases,
  findAliasesOfDeleted,
  findDuplicateLabels,
]);
