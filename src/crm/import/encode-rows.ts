import type { CsvRecord } from '../../csv/read-csv.ts';
import type { ProblemList } from '../../csv/row-problem.ts';
import { findTextFault } from '../../csv/text-fault.ts';
import type { CellFault } from './cell-type.ts';
import type { ImportProblem } from './import-problem.ts';
import type { LegacyColumn } from './legacy-columns.ts';

/** Checks records and writes them in COPY's text format, the line first. A record with a problem is left out. */
export function encodeRows(records: readonly CsvRecord[], columns: readonly LegacyColumn[], problems: ProblemList<ImportProblem>): string {
  let text = '';
  for (const record of records) text += encodeRow(record, columns, problems);
  return text;
}

function encodeRow({ line, cells }: CsvRecord, columns: readonly LegacyColumn[], problems: ProblemList<ImportProblem>): string {
  if (cells.length !== columns.length) {
    problems.add({ code: 'CELL_COUNT', line, column: null, message: `expected ${columns.length} cells, got ${cells.length}` });
    return '';
  }
  let row = String(line);
  let sound = true;
  for (const [index, column] of columns.entries()) {
    const cell = cells[index]!;
    const text = cell.toString('utf8');
    const fault = findFault(cell, text, column);
    if (fault !== undefined) {
      problems.add({ ...fault, line, column: column.name });
      sound = false;
    }
    row += `\t${text === '' && column.empty !== 'text' ? '\\N' : escapeText(text)}`;
  }
  return sound ? `${row}\n` : '';
}

function findFault(cell: Buffer, text: string, column: LegacyColumn): CellFault | undefined {
  if (cell.length === 0) {
    return column.empty === 'refused' ? { code: 'EMPTY_CELL', message: 'expected a value, got an empty cell' } : undefined;
  }
  return findTextFault(cell, text) ?? column.type.check(text);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** PostgreSQL manual, COPY, text format. */
function escapeText(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : text;
}
