import type { FieldReport, Report } from '../../choice/migrate/report.ts';
import { describeBlockers } from './blockers-text.ts';
import { joinParts } from './join-parts.ts';
import { plural } from './plural.ts';
import { formatTable } from './table.ts';
import { describeUnmapped } from './unmapped-text.ts';

/** What to say where there is nothing to report on. */
export const NO_TENANT = 'There is no tenant yet: choices import PATH --create-tenants, or choices tenant create SLUG.';

/** A report as tables: the figures per field and tenant, then each unmapped value with what would settle it, then what blocks. */
export function describeReport(report: Report): string {
  const figures = report.fields.length === 0 ? NO_TENANT : describeFigures(report.fields);
  return joinParts([figures, ...report.fields.map(describeUnmapped), describeBlockers(report.blockers)]);
}

/** `3 values on 41 rows` that nobody mapped or accepted; undefined where there are none. */
export function describeUnsettled(fields: readonly FieldReport[]): string | undefined {
  const open = fields.flatMap((field) => field.unmapped).filter((value) => !value.accepted);
  if (open.length === 0) return undefined;
  return `${plural(open.length, 'value')} on ${plural(sum(open.map((value) => value.count)), 'row')}`;
}

/** `updated` is what `migrate` adds; the column shows only there. That of the quarantine shows where there are such rows. */
function describeFigures(fields: readonly (FieldReport & { readonly updated?: number })[]): string {
  const withUpdated = fields.some((field) => field.updated !== undefined);
  const withQuarantined = fields.some((field) => (field.quarantined ?? 0) > 0);
  const figures = ['rows', 'mapped', 'empty', 'missing', 'drift'] as const;
  return formatTable(
    [
      { header: 'field' },
      { header: 'tenant' },
      { header: 'phase' },
      ...figures.map((header) => ({ header, align: 'right' as const })),
      { header: 'unmapped', align: 'right' },
      { header: 'accepted', align: 'right' },
      ...(withQuarantined ? [{ header: 'quarantined', align: 'right' as const }] : []),
      ...(withUpdated ? [{ header: 'updated', align: 'right' as const }] : []),
    ],
    fields.map((field) => [
      field.field,
      field.tenant,
      field.phase,
      ...figures.map((figure) => String(field[figure])),
      String(sum(field.unmapped.map((value) => value.count))),
      String(sum(field.unmapped.filter((value) => value.accepted).map((value) => value.count))),
      ...(withQuarantined ? [String(field.quarantined ?? 0)] : []),
      ...(withUpdated ? [String(field.updated ?? 0)] : []),
    ]),
  ).join('\n');
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
