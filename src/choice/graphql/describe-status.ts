import type { ChoiceRegistry } from '../choice-registry.ts';
import type { FieldReport } from '../migrate/report.ts';
import type { ChoiceFieldStatus } from './choice-status.type.ts';

/** Reports as the API tells them; those of fields that there are no more are left out. Without `withValues` they hold figures only. */
export function describeStatuses(
  reports: readonly FieldReport[],
  registry: ChoiceRegistry,
  withValues: boolean,
): (ChoiceFieldStatus & { readonly field: string })[] {
  return reports.flatMap((report) => {
    const field = registry.field(report.field);
    return field ? [{ ...describeReport(report, withValues), field: field.enumValue }] : [];
  });
}

function describeReport(report: FieldReport, withValues: boolean): ChoiceFieldStatus {
  const sum = (values: FieldReport['unmapped']) => values.reduce((total, value) => total + value.count, 0);
  return {
    ...report,
    coordinate: report.field,
    phase: report.phase.toUpperCase(),
    unmapped: sum(report.unmapped),
    accepted: sum(report.unmapped.filter((value) => value.accepted)),
    unmappedValues: withValues ? report.unmapped : null,
  };
}
