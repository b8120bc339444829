import { legacyCrm } from './0001-legacy-crm.ts';
import { choiceEngine } from './0002-choice-engine.ts';
import { choiceTypes } from './0003-choice-types.ts';
import { migrationEngine } from './0004-migration-engine.ts';
import { schemaUsage } from './0005-schema-usage.ts';
import { usageEvidence } from './0006-usage-evidence.ts';
import { choiceAudit } from './0007-choice-audit.ts';
import { choiceRules } from './0008-choice-rules.ts';
import { choiceMerges } from './0009-choice-merges.ts';
import { choiceGuards } from './0010-choice-guards.ts';
import { choiceStamp } from './0011-choice-stamp.ts';
import { mergeOrigins } from './0012-merge-origins.ts';
import { choiceDepartures } from './0013-choice-departures.ts';

/** Every migration under its number, in the order in which they run. Released ones never change. */
export const migrations: Readonly<Record<string, string>> = {
  '0001-legacy-crm': legacyCrm,
  '0002-choice-engine': choiceEngine,
  '0003-choice-types': choiceTypes,
  '0004-migration-engine': migrationEngine,
  '0005-schema-usage': schemaUsage,
  '0006-usage-evidence': usageEvidence,
  '0007-choice-audit': choiceAudit,
  '0008-choice-rules': choiceRules,
  '0009-choice-merges': choiceMerges,
  '0010-choice-guards': choiceGuards,
  '0011-choice-stamp': choiceStamp,
  '0012-merge-origins': mergeOrigins,
  '0013-choice-departures': choiceDepartures,
};
