import type { Finding, Judgement } from '../../evolution/check/finding.ts';
import { countFindings } from './schema-report.ts';
import type { SchemaReport } from './schema-report.ts';

const LEVELS: Readonly<Record<Judgement, 'error' | 'warning' | 'notice' | undefined>> = {
  breaking: 'error',
  refused: 'error',
  announced: 'notice',
  dangerous: 'warning',
  safe: undefined,
};

/**
 * Workflow commands that GitHub Actions shows as annotations beside the lines of a pull request; what is safe gets none.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatAnnotations({ subject, findings }: SchemaReport): string {
  return [...findings.flatMap(annotate), `${subject}: ${countFindings(findings)}`.replaceAll('\n', ' ')].join('\n');
}

function annotate({ judgement, kind, message, file, line }: Finding): string[] {
  const level = LEVELS[judgement];
  if (level === undefined) return [];
  const place = file === undefined ? '' : `file=${escapeProperty(file)},line=${line ?? 1},`;
  return [`::${level} ${place}title=${escapeProperty(kind)}::${escapeData(message)}`];
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
