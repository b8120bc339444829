import type { Blocker } from '../../../errors.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { FieldReport } from '../../migrate/report.ts';
import type { Finding } from '../../migrate/verify.ts';
import type { ChoiceRun, RunResult } from '../../runs/choice-run.ts';
import { describeStatuses } from '../describe-status.ts';
import type { ChoiceBlocker, ChoiceFinding, ChoiceRunType } from './choice-run.type.ts';
import { maskBlocker, type Operator } from './operator.ts';

const UNTOLD_ERROR = 'It failed. What it failed by may quote values: only the operator of the tenant is told';

/** A run as the API tells it: a platform operator is told figures, and no tenant's values, words or ids. */
export function describeRun(registry: ChoiceRegistry, operator: Operator, run: ChoiceRun): ChoiceRunType & { fields: string[] } {
  const withValues = operator.tenant !== null;
  // What was asked for for every tenant is the platform's own.
  const withWords = withValues || run.tenants === null;
  const { fields = [], findings = [], blockers = [] } = run.result ?? {};
  return {
    ...run,
    step: run.step.toUpperCase(),
    status: run.status.toUpperCase(),
    fields: run.fields.flatMap((coordinate) => registry.field(coordinate)?.enumValue ?? []),
    reason: withWords ? run.reason : null,
    reports: describeStatuses(fields.filter(isReport), registry, withValues),
    findings: findings.map((finding) => describeFinding(finding, withValues)),
    blockers: blockers.map((blocker) => describeBlocker(blocker, withValues)),
    error: withWords || run.error === null ? run.error : UNTOLD_ERROR,
  };
}

function isReport(row: RunResult['fields'][number]): row is FieldReport {
  return 'rows' in row;
}

function describeFinding(finding: Finding, withValues: boolean): ChoiceFinding {
  return {
    ...describeBlocker(finding, withValues),
    // A message may quote values.
    message: withValues ? finding.message : finding.code,
    count: finding.count,
    sampleIds: withValues ? finding.sampleIds : [],
    remedy: finding.remedy,
  };
}

function describeBlocker(blocker: Blocker, withValues: boolean): ChoiceBlocker {
  const { code, message, field, tenant } = withValues ? blocker : maskBlocker(blocker);
  return { code, message, field: field ?? null, tenant: tenant ?? null };
}
