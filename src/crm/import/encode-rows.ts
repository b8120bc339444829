import { isUtf8 } from 'node:buffer';
import type { CellFault } from './cell-type.ts';
import type { LegacyColumn } from './legacy-columns.ts';
import { quoteBytes } from './quote-cell.ts';
import type { CsvRecord } from './read-csv.ts';
import type { ProblemList } from './row-problem.ts';

/** Checks records and writes them in COPY's text format, the line first. A record with a problem is left out. */
export function encodeRows(records: readonly CsvRecord[], columns: readonly LegacyColumn[], problems: ProblemList): string {
  let text = '';
  for (const record of records) text += encodeRow(record, columns, problems);
  return text;
}

function encodeRow({ line, cells }: CsvRecord, columns: readonly LegacyColumn[], problems: ProblemList): string {
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
  // U+FFFD itself is valid; only the bytes can tell it from a decoder's replacement.
  if (!isUtf8(cell)) return { code: 'INVALID_UTF8', message: `expected UTF-8, got the bytes ${quoteBytes(cell)}` };
  if (text.includes('\0'))
    return { code: 'NUL_CHARACTER', message: `expected text that PostgreSQL can hold, got a NUL character in ${quoteBytes(cell)}` };
  return column.type.check(text);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** PostgreSQL manual, COPY, text format. */
function escapeText(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : text;
}
