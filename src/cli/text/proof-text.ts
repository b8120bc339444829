import type { ChangedValue, FoundCount, OperationProof } from '../../evolution/codemod/prove/proof.ts';
import { escapeHidden } from './escape-hidden.ts';
import { plural } from './plural.ts';
import { showValue } from './show-value.ts';

/** Values of a kind that a line of evidence names. */
const MOST_VALUES = 10;

/** A line of evidence per operation, and what is wrong below it. */
export function describeProofs(proofs: readonly OperationProof[]): string {
  return proofs.map(describeProof).join('\n');
}

function describeProof({ path, line, name, state, reason, comparison }: OperationProof): string {
  const operation = name || `${escapeHidden(path)}:${line}`;
  switch (state) {
    case 'unproven':
      return `${operation}: not proven: ${escapeHidden(reason ?? '')}`;
    case 'failed':
      return `${operation}: failed: ${escapeHidden(reason ?? '')}`;
    case 'different':
    case 'proven':
      return [
        `${operation}: ${describeComparison(comparison)}`,
        ...comparison.differences.map(({ at, message }) => `  ${escapeHidden(at === '' ? message : `${at}: ${message}`)}`),
      ].join('\n');
  }
}

function describeComparison({ compared, equal, nulls, aliased, unmapped, differencesFound, found }: OperationProof['comparison']): string {
  const coordinates = new Set([...aliased, ...unmapped].map(({ coordinate }) => coordinate));
  const nameOf = ({ coordinate, value }: ChangedValue) => (coordinates.size > 1 ? `${coordinate} ` : '') + showValue(value);
  const values = [
    `${plural(compared, 'value')} compared`,
    `${equal} equal${nulls > 0 ? ` (${nulls} null)` : ''}`,
    ...describeValues('aliased', aliased, (each) => `${nameOf(each)} → ${showValue(each.key)} ${each.count}`),
    ...describeValues('unmapped', unmapped, (each) => `${nameOf(each)} ${each.count}`),
  ];
  const isOther = found.some(({ before, after }) => before !== after);
  const parts = [
    ...(differencesFound > 0 ? [`DIFFERENT in ${plural(differencesFound, 'place')}`] : isOther ? ['DIFFERENT in what is found'] : []),
    ...(compared > 0 ? values : differencesFound > 0 || found.length > 0 ? [] : ['the same answer']),
    ...found.map(describeFound),
  ];
  return parts.join(', ');
}

function describeFound({ at, before, after }: FoundCount): string {
  const found = `${escapeHidden(at)} finds ${plural(after, 'record')}`;
  if (after === before) return `${found} as before`;
  return `${found} instead of ${before}: ${after > before ? `${after - before} more` : `${before - after} fewer`}`;
}

function describeValues<T extends ChangedValue>(kind: string, values: readonly T[], describe: (value: T) => string): string[] {
  if (values.length === 0) return [];
  const named = values
    .toSorted((left, right) => right.count - left.count)
    .slice(0, MOST_VALUES)
    .map(describe);
  const others = values.length > MOST_VALUES ? [`${values.length - MOST_VALUES} more`] : [];
  return [`${values.reduce((sum, { count }) => sum + count, 0)} ${kind} (${[...named, ...others].join(', ')})`];
}
