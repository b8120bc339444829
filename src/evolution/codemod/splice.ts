import MagicString from 'magic-string';
import type { Splice } from './rewrite-result.ts';

/** The text with everything spliced. Splices may touch, but not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const result = new MagicString(text);
  for (const splice of splices)
    if (splice.start === splice.end) result.appendLeft(splice.start, splice.text);
    else if (splice.text === '') result.remove(splice.start, splice.end);
    else result.update(splice.start, splice.end, splice.text);
  return result.toString();
}

/** Where an offset of the spliced text lay before; the start of a splice for what came with it. `splices` are in the order of the text. */
export function offsetBefore(splices: readonly Splice[], offset: number): number {
  let shift = 0;
  for (const { start, end, text } of splices) {
    if (offset < start + shift) break;
    if (offset < start + shift + text.length) return start;
    shift += text.length - (end - start);
  }
  return offset - shift;
}
