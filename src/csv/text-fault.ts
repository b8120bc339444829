import { isUtf8 } from 'node:buffer';
import { quoteBytes } from './quote-cell.ts';

/** What keeps a cell from being text that PostgreSQL can hold. `text`: the cell, decoded. */
export function findTextFault(cell: Buffer, text: string): { code: 'INVALID_UTF8' | 'NUL_CHARACTER'; message: string } | undefined {
  // U+FFFD itself is valid; only the bytes can tell it from a decoder's replacement.
  if (!isUtf8(cell)) return { code: 'INVALID_UTF8', message: `expected UTF-8, got the bytes ${quoteBytes(cell)}` };
  if (text.includes('\0'))
    return { code: 'NUL_CHARACTER', message: `expected text that PostgreSQL can hold, got a NUL character in ${quoteBytes(cell)}` };
  return undefined;
}
