import { quoteBytes } from './quote-cell.ts';
import type { CsvRecord } from './read-csv.ts';
import type { ProblemList } from './row-problem.ts';

/** A column that a file may have, and whether one without it is refused. */
export interface KnownColumn {
  /** In the header. */
  readonly name: string;
  readonly required: boolean;
}

/** The columns of a file in the order of its header. What is wrong with the header is added to the problems. */
export function matchHeader<Column extends KnownColumn>(
  header: CsvRecord | undefined,
  known: readonly Column[],
  problems: Pick<ProblemList, 'add'>,
): readonly Column[] {
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
  const matched: Column[] = [];
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
