/**
 * What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV Injection), blanks before it or not; and nothing at all, so
 * that an empty text differs from none.
 */
const FORMULA = String.raw`(?:\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n]|$)`;
const IS_FORMULA = new RegExp(`^'*${FORMULA}`, 'u');
const IS_GUARDED = new RegExp(`^'+${FORMULA}`, 'u');

/**
 * A text as a cell that no spreadsheet carries out: with an apostrophe before it where it is needed, or where a reader would otherwise take
 * one of its own away. `unguardText` gives back every text as it was.
 */
export function guardText(text: string): string {
  return IS_FORMULA.test(text) ? `'${text}` : text;
}

/** The text of a cell: without its first apostrophe exactly where `guardText` puts one. */
export function unguardText(cell: string): string {
  return IS_GUARDED.test(cell) ? cell.slice(1) : cell;
}
