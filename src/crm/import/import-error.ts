import { OperationError } from '../../errors.ts';
import type { RowProblem } from './row-problem.ts';

/** A file as it was imported: `rows` = `inserted` + `existing`. */
export interface ImportedFile {
  readonly file: string;
  readonly rows: number;
  readonly inserted: number;
  /** Rows that the database had already, under their tenant and legacy id. They stayed as they were. */
  readonly existing: number;
}

/** A file that was refused because of what it holds. Nothing of it was kept; the files before it were. */
export class ImportError extends OperationError {
  override readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly file: string,
    /** The first of them, by line. */
    readonly problems: readonly RowProblem[],
    /** How many there are in all. */
    readonly total: number,
    readonly imported: readonly ImportedFile[] = [],
  ) {
    super([describeProblems(file, problems, total), ...describeImported(imported)].join('\n'));
    this.data = { file, problems, total, imported };
  }
}

/** Which files of a run that failed are in the database all the same. */
export function describeImported(imported: readonly ImportedFile[]): string[] {
  return imported.length === 0 ? [] : [`Imported before it, and kept: ${imported.map(({ file, rows }) => `${file} (${rows} rows)`).join(', ')}`];
}

function describeProblems(file: string, problems: readonly RowProblem[], total: number): string {
  return [
    `${file}: nothing of it was imported, because of ${total} ${total === 1 ? 'problem' : 'problems'}:`,
    ...problems.map((problem) => `  ${problem.file}:${problem.line}: ${problem.column === null ? '' : `${problem.column}: `}${problem.message}`),
    ...(total > problems.length ? [`  … and ${total - problems.length} more`] : []),
  ].join('\n');
}
