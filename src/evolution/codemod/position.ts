import type { Position } from './rewrite-result.ts';

/** The line and column of a UTF-16 offset. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  for (const { index, 0: end } of text.matchAll(/\r\n|[\n\r]/g)) {
    if (index >= offset) break;
    line++;
    start = index + end.length;
  }
  return { line, column: Math.max(offset - start, 0) + 1 };
}

/** The UTF-16 offset of a line and column that `positionAt` told. */
export function offsetAt(text: string, { line, column }: Position): number {
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  let at = 1;
  for (const { index, 0: end } of text.matchAll(/\r\n|[\n\r]/g)) {
    if (at++ === line) break;
    start = index + end.length;
  }
  return start + column - 1;
}
