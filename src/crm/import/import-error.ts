import { describeProblems } from '../../csv/row-problem.ts';
import { OperationError } from '../../errors.ts';
import type { ImportProblem } from './import-problem.ts';

/** A file as it was imported: `rows` = `inserted` + `existing`. */
export interface ImportedFile {
  readonly file: string;
  readonly rows: number;
  readonly inserted: number;
  /** Rows that the database had already, under their tenant and legacy id. They stayed as they were. */
  readonly existing: number;
}

/** What is known of a file that was refused. */
export interface RefusedFile {
  readonly file: string;
  /** The first of them, by line. */
  readonly problems: readonly ImportProblem[];
  /** How many there are in all. */
  readonly total: number;
  /** The files before it: they were imported, and stay. */
  readonly imported: readonly ImportedFile[];
}

/** A file that was refused because of what it holds. Nothing of it was kept. */
export class ImportError extends OperationError {
  override readonly data: RefusedFile & Readonly<Record<string, unknown>>;

  constructor(refused: RefusedFile) {
    super([describeProblems(refused.file, refused), ...describeImported(refused.imported)].join('\n'));
    this.data = { ...refused };
  }
}

/** Which files of a run that failed are in the database all the same. */
export function describeImported(imported: readonly ImportedFile[]): string[] {
  return imported.length === 0
    ? []
    : [`Imported before it, and kept: ${imported.map(({ file, rows }) => `${file} (${rows} rows)`).join(', ')}`];
}
