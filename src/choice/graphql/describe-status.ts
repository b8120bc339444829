import type { ChoiceRegistry } from '../choice-registry.ts';
import type { FieldReport } from '../migrate/report.ts';
import type { ChoiceFieldStatus } from './choice-status.type.ts';

/** A report as the API tells it. Without `withValues` it holds figures only. */
export function describeStatus(
  report: FieldReport,
  registry: ChoiceRegistry,
  withValues: boolean,
): ChoiceFieldStatus & { readonly field: string } {
  const sum = (values: FieldReport['unmapped']) => values.reduce((total, value) => total + value.count, 0);
  return {
    ...report,
    field: registry.field(report.field)!.enumValue,
    coordinate: report.field,
    phase: report.phase.toUpperCase(),
    unmapped: sum(report.unmapped),
    accepted: sum(report.unmapped.filter((value) => value.accepted)),
    unmappedValues: withValues ? report.unmapped : null,
  };
}
