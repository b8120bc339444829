import type { Finding } from '../../choice/migrate/verify/finding.ts';
import { escapeHidden } from './escape-hidden.ts';
import { quoteForShell } from './quote-for-shell.ts';

/** One fault: where, how many, for example which, and what mends it, ready to be pasted into a shell. */
export function describeFinding(finding: Finding): string {
  const remedy =
    finding.command === undefined ? escapeHidden(finding.remedy) : ['choices', ...finding.command].map(quoteForShell).join(' ');
  return [
    `${nameFinding(finding)}: ${finding.count}`,
    `  ${escapeHidden(finding.message)}`,
    ...(finding.sampleIds.length > 0 ? [`  for example: ${finding.sampleIds.join(', ')}`] : []),
    `  remedy: ${remedy}`,
  ].join('\n');
}

/** `DRIFT Lead.industry of acme`. */
export function nameFinding({ code, field, tenant }: Finding): string {
  return `${code} ${[field, ...(tenant === undefined ? [] : [tenant])].join(' of ')}`;
}
