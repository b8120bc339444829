import type { Sql } from '../../../database/owner-database.ts';
import type { Blocker } from '../../../errors.ts';
import { listTenants } from '../../../tenancy/tenant.ts';
import type { ChoiceRegistry } from '../../choice-registry.ts';
import type { FieldReport } from '../../migrate/report.ts';
import type { Finding } from '../../migrate/verify.ts';
import type { ChoiceRun } from '../../runs/choice-run.ts';
import { readRunProgress } from '../../runs/run-store.ts';
import { describeStatus } from '../describe-status.ts';
import type { ChoiceBlocker, ChoiceFinding, ChoiceRunType } from './choice-run.type.ts';
import type { Operator } from './operator.ts';

/** A run as the API tells it: a platform operator is told figures, and no tenant's values or ids. */
export async function describeRun(
  db: Sql,
  registry: ChoiceRegistry,
  operator: Operator,
  run: ChoiceRun,
): Promise<ChoiceRunType & { fields: string[] }> {
  const withValues = operator.tenant !== null;
  const { result } = run;
  const slugs =
    run.tenantIds === null ? null : (await listTenants(db)).filter(({ id }) => run.tenantIds!.includes(id)).map(({ slug }) => slug);
  return {
    ...run,
    step: run.step.toUpperCase(),
    status: run.status.toUpperCase(),
    fields: run.fields.flatMap((coordinate) => registry.field(coordinate)?.enumValue ?? []),
    // A tenant's own words are the tenant's.
    reason: withValues || run.tenantIds === null ? run.reason : null,
    tenants: slugs,
    progress: run.step === 'migrate' && run.id !== null ? await readRunProgress(db, run) : null,
    reports: ((result?.fields ?? []) as readonly object[]).filter(isReport).map((report) => describeStatus(report, registry, withValues)),
    findings: ((result?.findings ?? []) as unknown as Finding[]).map((finding) => describeFinding(finding, withValues)),
    blockers: (result?.blockers ?? []).map(describeBlocker),
  };
}

function isReport(row: object): row is FieldReport {
  return 'rows' in row && 'unmapped' in row;
}

function describeFinding(finding: Finding, withValues: boolean): ChoiceFinding {
  return {
    ...describeBlocker(finding),
    // A message may quote values.
    message: withValues ? finding.message : finding.code,
    count: finding.count,
    sampleIds: withValues ? finding.sampleIds : [],
    remedy: finding.remedy,
  };
}

function describeBlocker({ code, message, field, tenant }: Blocker): ChoiceBlocker {
  return { code, message, field: field ?? null, tenant: tenant ?? null };
}
