import type { RowProblem } from '../../csv/row-problem.ts';

/** What is wrong with a cell, a row or a header of a legacy export. */
export type ImportProblemCode =
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

export interface ImportProblem extends RowProblem {
  readonly code: ImportProblemCode;
}
