import type { Finding, Judgement } from '../../evolution/check/finding.ts';
import { escapeHidden } from './escape-hidden.ts';
import { countFindings, groupFindings, judgementTitles } from './schema-report.ts';
import type { SchemaReport } from './schema-report.ts';

/** For a terminal. Of the judgements in `countedOnly` there is only the number. */
export function describeSchemaReport({ subject, findings }: SchemaReport, countedOnly: readonly Judgement[] = []): string {
  const groups = groupFindings(findings)
    .filter(([judgement]) => !countedOnly.includes(judgement))
    .flatMap(([judgement, group]) => [`${judgementTitles[judgement]}:`, ...group.map(describeFinding), '']);
  return [...groups, `${subject}: ${countFindings(findings)}`].join('\n');
}

function describeFinding({ kind, message, file, line }: Finding): string {
  const place = file === undefined ? '' : ` (${file}:${line ?? 1})`;
  return `  ${kind}: ${escapeHidden(message).replaceAll('\n', ' ')}${escapeHidden(place)}`;
}
