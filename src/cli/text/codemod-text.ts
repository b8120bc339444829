import type { CallSite } from '../../evolution/codemod/call-sites/call-site.ts';
import type { OpenInput } from '../../evolution/codemod/list-open-inputs.ts';
import type { RewrittenFile } from '../../evolution/codemod/rewrite-result.ts';
import { escapeHidden } from './escape-hidden.ts';
import { plural } from './plural.ts';
import { formatTable } from './table.ts';

/** Something that was left; without a line, it is about the file as a whole. */
export interface FileProblem {
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly coordinate?: string;
  readonly reason: string;
}

/** `src/leads.graphql:3:5: reason` */
export function describeProblem({ path, line, column, reason }: FileProblem): string {
  return escapeHidden(`${[path, line, column].filter((part) => part !== undefined).join(':')}: ${reason}`);
}

/** What was rewritten and does not mean quite the same, a line each, and how many. */
export function describeNotes(files: readonly RewrittenFile[]): string {
  const lines = files.flatMap(({ path, edits }) =>
    edits.flatMap(({ line, column, coordinate, note }) => (note === undefined ? [] : [`${path}:${line}:${column}: ${coordinate} ${note}`])),
  );
  if (lines.length === 0) return '';
  return [...lines.map(escapeHidden), `${plural(lines.length, 'place')} may not do the same as before.`].join('\n');
}

/** Variables that may hold what goes, a line each. */
export function describeOpenInputs(inputs: readonly OpenInput[]): string {
  if (inputs.length === 0) return '';
  const lines = inputs.map(
    ({ path, line, column, operation, variable, coordinates }) =>
      `${path}:${line}:${column}: $${variable} of ${operation || 'an anonymous operation'} may hold ${coordinates.join(', ')}`,
  );
  return [...lines.map(escapeHidden), 'What these variables hold is up to the program that gives them.'].join('\n');
}

/** Where a program has to follow, a line each. */
export function describeCallSites(sites: readonly CallSite[]): string {
  if (sites.length === 0) return '';
  const rows = sites.map(({ path, line, column, kind, confidence, operation, before, after, note }) => [
    `${path}:${line}:${column}`,
    kind,
    confidence,
    operation,
    (before.join('.') === after.join('.') ? `${before.join('.')}: has to be a key` : `${before.join('.')} → ${after.join('.')}`) +
      (note === undefined ? '' : `, which ${note}`),
  ]);
  const table = formatTable(
    ['call site', 'kind', 'certainty', 'operation', 'what changed'].map((header) => ({ header })),
    rows,
  );
  return escapeHidden(
    [...table, 'Found by names, without types: the type checker knows them all, once the types are generated.'].join('\n'),
  );
}
