/** What is wrong with a cell: a word for programs, a sentence for people. */
export interface CellFault {
  readonly code: string;
  /** What was expected, and what was got. */
  readonly message: string;
}

/** A fault of a file, and where it is. */
export interface RowProblem extends CellFault {
  readonly file: string;
  /** The line on which the record starts, from 1. */
  readonly line: number;
  /** null where the record as a whole is at fault. */
  readonly column: string | null;
}

/** The problems of one file: all are counted, the first are kept. */
export interface ProblemList<Problem extends RowProblem = RowProblem> {
  readonly total: number;
  /** The first problems, by line. */
  first(): readonly Problem[];
  add(problem: Omit<Problem, 'file'>): void;
  /** Problems by line, and how many there are beyond those that are passed. */
  addMany(problems: readonly Omit<Problem, 'file'>[], total: number): void;
}

/** How many problems of a file are kept: enough to see a pattern, few enough for memory and screen. */
export const PROBLEMS_KEPT = 100;

/** An empty list for a file. Each source of problems adds its own in the order of their lines. */
export function createProblemList<Problem extends RowProblem = RowProblem>(file: string): ProblemList<Problem> {
  const kept: Problem[] = [];
  let total = 0;
  const place = (problem: Omit<Problem, 'file'>) => ({ ...problem, file }) as Problem;
  return {
    get total() {
      return total;
    },
    first: () => kept.toSorted((one, other) => one.line - other.line).slice(0, PROBLEMS_KEPT),
    add: (problem) => {
      total += 1;
      if (kept.length < PROBLEMS_KEPT) kept.push(place(problem));
    },
    addMany: (problems, count) => {
      total += count;
      kept.push(...problems.slice(0, PROBLEMS_KEPT).map(place));
    },
  };
}

/** All problems that are kept, one to a line, beneath what became of the file. */
export function describeProblems(
  file: string,
  { problems, total }: { readonly problems: readonly RowProblem[]; readonly total: number },
): string {
  return [
    `${file}: nothing of it was imported, because of ${total} ${total === 1 ? 'problem' : 'problems'}:`,
    ...problems.map(
      (problem) => `  ${problem.file}:${problem.line}: ${problem.column === null ? '' : `${problem.column}: `}${problem.message}`,
    ),
    ...(total > problems.length ? [`  … and ${total - problems.length} more`] : []),
  ].join('\n');
}
