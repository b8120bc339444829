import { quoteBytes } from './quote-cell.ts';
import type { LegacyColumn } from './legacy-columns.ts';
import type { CsvRecord } from './read-csv.ts';
import type { ProblemList } from './row-problem.ts';

/** The columns of a file in the order of its header. What is wrong with the header is added to the problems. */
export function matchHeader(header: CsvRecord | undefined, known: readonly LegacyColumn[], problems: ProblemList): readonly LegacyColumn[] {
  const required = known.filter((column) => column.required).map((column) => column.name);
  if (header === undefined) {
    problems.add({
      code: 'NO_HEADER',
      line: 1,
      column: null,
      message: `expected a header with at least ${required.join(', ')}, got an empty file`,
    });
    return [];
  }
  const { line } = header;
  const matched: LegacyColumn[] = [];
  for (const cell of header.cells) {
    const name = cell.toString('utf8');
    const column = known.find((candidate) => candidate.name === name);
    if (column === undefined) {
      problems.add({
        code: 'UNKNOWN_COLUMN',
        line,
        column: name,
        message: `expected columns out of ${known.map((candidate) => candidate.name).join(', ')}, got ${quoteBytes(cell)}`,
      });
    } else if (matched.includes(column)) {
      problems.add({ code: 'DUPLICATE_COLUMN', line, column: name, message: 'expected each column once, got it again' });
    } else {
      matched.push(column);
    }
  }
  for (const name of required)
    if (!matched.some((column) => column.name === name))
      problems.add({ code: 'MISSING_COLUMN', line, column: name, message: 'expected this column, got none of that name' });
  return matched;
}
