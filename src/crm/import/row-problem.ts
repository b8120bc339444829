/** What is wrong with a cell, a row or a header. */
export type RowProblemCode =
  | 'NO_HEADER'
  | 'UNKNOWN_COLUMN'
  | 'MISSING_COLUMN'
  | 'DUPLICATE_COLUMN'
  | 'CELL_COUNT'
  | 'BROKEN_QUOTE'
  | 'RECORD_TOO_LONG'
  | 'INVALID_UTF8'
  | 'NUL_CHARACTER'
  | 'EMPTY_CELL'
  | 'TOO_LONG'
  | 'NOT_AN_INTEGER'
  | 'NOT_A_NUMBER'
  | 'NOT_A_TIMESTAMP'
  | 'NOT_A_BOOLEAN'
  | 'INVALID_SLUG'
  | 'UNKNOWN_TENANT'
  | 'UNKNOWN_REFERENCE'
  | 'DUPLICATE_ROW';

/** A fault of a file, and where it is. */
export interface RowProblem {
  readonly code: RowProblemCode;
  readonly file: string;
  /** The line on which the record starts, from 1. */
  readonly line: number;
  /** null where the record as a whole is at fault. */
  readonly column: string | null;
  /** What was expected, and what was got. */
  readonly message: string;
}

/** The problems of one file: all are counted, the first are kept. */
export interface ProblemList {
  readonly total: number;
  /** The first problems, by line. */
  first(): readonly RowProblem[];
  add(problem: Omit<RowProblem, 'file'>): void;
  /** Problems by line, and how many there are beyond those that are passed. */
  addMany(problems: readonly Omit<RowProblem, 'file'>[], total: number): void;
}

/** How many problems of a file are kept: enough to see a pattern, few enough for memory and screen. */
export const PROBLEMS_KEPT = 100;

/** An empty list for a file. Each source of problems adds its own in the order of their lines. */
export function createProblemList(file: string): ProblemList {
  const kept: RowProblem[] = [];
  let total = 0;
  return {
    get total() {
      return total;
    },
    first: () => kept.toSorted((one, other) => one.line - other.line).slice(0, PROBLEMS_KEPT),
    add: (problem) => {
      total += 1;
      if (kept.length < PROBLEMS_KEPT) kept.push({ ...problem, file });
    },
    addMany: (problems, count) => {
      total += count;
      kept.push(...problems.slice(0, PROBLEMS_KEPT).map((problem) => ({ ...problem, file })));
    },
  };
}
