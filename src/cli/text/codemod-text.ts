import type { CallSite } from '../../evolution/codemod/call-sites/call-site.ts';
import { escapeHidden } from './escape-hidden.ts';
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

/** Where a program has to follow, a line each. */
export function describeCallSites(sites: readonly CallSite[]): string {
  if (sites.length === 0) return '';
  const rows = sites.map(({ path, line, column, kind, confidence, operation, before, after }) => [
    `${path}:${line}:${column}`,
    kind,
    confidence,
    operation,
    before.join('.') === after.join('.') ? `${before.join('.')}: has to be a key` : `${before.join('.')} → ${after.join('.')}`,
  ]);
  const table = formatTable(
    ['call site', 'kind', 'certainty', 'operation', 'what changed'].map((header) => ({ header })),
    rows,
  );
  return escapeHidden(
    [...table, 'Found by names, without types: the type checker knows them all, once the types are generated.'].join('\n'),
  );
}
