import { isFine, judgements } from '../../evolution/check/finding.ts';
import type { Finding, Judgement } from '../../evolution/check/finding.ts';

/** What a comparison or a check of schemas has found, for one of the formats. */
export interface SchemaReport {
  /** What was compared: `main.graphql → schema.graphql`. */
  readonly subject: string;
  readonly findings: readonly Finding[];
}

export const reportFormats = ['text', 'markdown', 'github', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export const judgementTitles: Readonly<Record<Judgement, string>> = {
  breaking: 'Breaking',
  refused: 'Refused',
  announced: 'Announced removals',
  dangerous: 'Dangerous',
  safe: 'Safe',
};

/** The findings of each judgement that there are any of, the worst first. */
export function groupFindings(findings: readonly Finding[]): [Judgement, readonly Finding[]][] {
  const groups = Map.groupBy(findings, ({ judgement }) => judgement);
  return judgements.flatMap((judgement) => {
    const group = groups.get(judgement);
    return group === undefined ? [] : [[judgement, group] satisfies [Judgement, readonly Finding[]]];
  });
}

/** `1 refused, 3 safe`. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = groupFindings(findings).map(([judgement, group]) => `${group.length} ${judgement}`);
  return counts.length === 0 ? 'no change' : counts.join(', ');
}

export function createReportDocument({ subject, findings }: SchemaReport): unknown {
  return { ok: isFine(findings), subject, findings };
}
