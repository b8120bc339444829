import { quoteCell } from '../../csv/quote-cell.ts';
import type { CellFault } from '../../csv/row-problem.ts';
import { guardText, unguardText } from './formula-guard.ts';

/** What a cell says; null: nothing. */
export type SheetValue = string | number | boolean | readonly string[] | null;

/** How values of a column stand in cells. A cell that is written reads as the same value. */
export interface SheetFormat {
  write(value: SheetValue): string;
  read(cell: string): { readonly value: SheetValue } | { readonly fault: CellFault };
}

const empty = { value: null } as const;

/** Any text. An empty cell is none; an empty text is guarded. */
export const textFormat: SheetFormat = {
  write: (value) => (value === null ? '' : guardText(value as string)),
  read: (cell) => (cell === '' ? empty : { value: unguardText(cell) }),
};

/** A text that there has to be. */
export const requiredTextFormat: SheetFormat = {
  write: textFormat.write,
  read: (cell) => (cell === '' ? { fault: { code: 'EMPTY_CELL', message: 'expected a value, got an empty cell' } } : textFormat.read(cell)),
};

/** `true` and `false`, in capitals too, as spreadsheets save them. */
export const booleanFormat: SheetFormat = {
  write: writeNumber,
  read: (cell) => {
    if (cell === '') return empty;
    const value = cell.toLowerCase();
    return value === 'true' || value === 'false' ? { value: value === 'true' } : fault('NOT_A_BOOLEAN', 'true or false', cell);
  },
};

/** A whole number that PostgreSQL's `integer` holds. */
export const integerFormat: SheetFormat = {
  write: writeNumber,
  read: (cell) => {
    if (cell === '') return empty;
    const value = Number(cell);
    return /^[+-]?\d{1,10}$/.test(cell) && value === (value | 0)
      ? { value }
      : fault('NOT_AN_INTEGER', `a whole number from ${-(2 ** 31)} to ${2 ** 31 - 1}`, cell);
  },
};

/** A number with a point, or without. */
export const numberFormat: SheetFormat = {
  write: writeNumber,
  read: (cell) => {
    if (cell === '') return empty;
    return /^[+-]?\d{1,300}(?:\.\d{1,300})?(?:e[+-]?\d{1,3})?$/i.test(cell)
      ? { value: Number(cell) }
      : fault('NOT_A_NUMBER', 'a number such as 12.5', cell);
  },
};

/** A JSON array of texts, in which everything stands escaped that one could not see: a blank at an end, or another kind of blank, counts. */
export const listFormat: SheetFormat = {
  write: (value) => {
    const list = value as readonly string[];
    return list.length === 0 ? '' : escapeHidden(JSON.stringify(list));
  },
  read: (cell) => {
    if (cell === '') return empty;
    const value = parseList(cell);
    return value ? { value } : fault('NOT_A_LIST', 'a JSON array of texts such as ["Tech ","IT"]', cell);
  },
};

function writeNumber(value: SheetValue): string {
  return value === null ? '' : String(value);
}

function parseList(cell: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(cell);
    return Array.isArray(value) && value.every((element) => typeof element === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Controls, formats, marks, and blanks other than the usual one, in JSON's own escapes. */
function escapeHidden(json: string): string {
  return json.replace(/[\p{C}\p{M}\p{Z}]/gu, (character) =>
    character === ' '
      ? character
      : Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

function fault(code: string, expected: string, cell: string): { readonly fault: CellFault } {
  return { fault: { code, message: `expected ${expected}, got ${quoteCell(cell)}` } };
}
