/** The text that a string or template literal stands for. */
export interface DecodedText {
  readonly text: string;
  /** Where each UTF-16 unit of `text` begins in the source, and where the literal's inside ends. */
  readonly offsets: readonly number[];
}

const UNIT = /\\u\{0*([\da-fA-F]{1,5}|10[\da-fA-F]{4})\}|\\u([\da-fA-F]{4})|\\x([\da-fA-F]{2})|\\(\r\n|[^])|\r\n?|[^]/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' };

/**
 * Decodes the inside of a literal that begins at `start` of the source: escape sequences and line continuations; a line end in a
 * template is a line feed (ECMAScript, "Static Semantics: TV and TRV").
 */
export function decodeLiteral(raw: string, start: number): DecodedText {
  let text = '';
  const offsets: number[] = [];
  for (const match of raw.matchAll(UNIT)) {
    const decoded = decodeUnit(match);
    for (let unit = 0; unit < decoded.length; unit++) offsets.push(start + match.index);
    text += decoded;
  }
  offsets.push(start + raw.length);
  return { text, offsets };
}

function decodeUnit([unit, codePoint, utf16, latin, escaped]: RegExpMatchArray): string {
  const hexadecimal = codePoint ?? utf16 ?? latin;
  if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
  if (escaped === undefined) return unit.startsWith('\r') ? '\n' : unit;
  return /^[\r\n\u2028\u2029]/.test(escaped) ? '' : (SIMPLE_ESCAPES[escaped] ?? escaped);
}
