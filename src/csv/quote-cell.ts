import { isUtf8 } from 'node:buffer';

const LONGEST = 60;

/** A cell as it can be shown: in quotes, cut to a readable length, with everything escaped that one could not see. */
export function quoteCell(cell: string): string {
  const characters = [...cell];
  const shown = characters.slice(0, LONGEST).map(escapeHidden).join('');
  return `"${shown}${characters.length > LONGEST ? '…' : ''}"`;
}

/** Bytes that may be no text at all: those that are not ASCII as `\xNN`. */
export function quoteBytes(cell: Buffer): string {
  if (isUtf8(cell)) return quoteCell(cell.toString('utf8'));
  const shown = [...cell.subarray(0, LONGEST)].map((byte) =>
    byte < 0x80 ? escapeHidden(String.fromCharCode(byte)) : `\\x${byte.toString(16)}`,
  );
  return `"${shown.join('')}${cell.length > LONGEST ? '…' : ''}"`;
}

/** Controls, formats, blanks other than a space, and marks, which join the letter before them. */
function escapeHidden(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return character !== ' ' && /[\p{C}\p{Z}\p{M}]/u.test(character)
    ? `\\u{${character.codePointAt(0)!.toString(16).padStart(4, '0')}}`
    : character;
}
