import { isFine } from '../../evolution/check/finding.ts';
import type { Finding } from '../../evolution/check/finding.ts';
import { escapeHidden } from './escape-hidden.ts';
import { countFindings, groupFindings, judgementTitles } from './schema-report.ts';
import type { SchemaReport } from './schema-report.ts';

/** Findings of a group that are listed: a comment on GitHub holds 65,536 characters. */
const MOST_LISTED = 50;

/** A comment on a pull request. What is safe is folded up. */
export function formatMarkdown({ subject, findings }: SchemaReport): string {
  const [worst] = groupFindings(findings)[0] ?? [];
  const verdict = isFine(findings) || worst === undefined ? 'nothing in the way' : judgementTitles[worst].toLowerCase();
  return [
    `### Schema: ${verdict}`,
    `${escapeText(subject)}: ${countFindings(findings)}`,
    ...groupFindings(findings).map(([judgement, group]) => {
      const list = listFindings(group);
      return judgement === 'safe'
        ? `<details>\n<summary>${judgementTitles.safe} (${group.length})</summary>\n\n${list}\n\n</details>`
        : `**${judgementTitles[judgement]}**\n\n${list}`;
    }),
  ].join('\n\n');
}

function listFindings(findings: readonly Finding[]): string {
  const rest = findings.length - MOST_LISTED;
  return [
    ...findings.slice(0, MOST_LISTED).map(({ kind, coordinate, message }) => `- \`${coordinate}\` ${kind}: ${escapeText(message)}`),
    ...(rest > 0 ? [`- … and ${rest} more`] : []),
  ].join('\n');
}

/** Descriptions and reasons are other people's: they neither bring markup nor call somebody by name. */
function escapeText(text: string): string {
  return escapeHidden(text).replaceAll('\n', ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('@', '@<!-- -->');
}
