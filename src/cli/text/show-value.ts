import { escapeCharacters } from './escape-hidden.ts';
import { findHiddenCharacters, hasHiddenCharacters } from './hidden-characters.ts';

/**
 * A legacy value as people can tell it from every other: plain where it is plain, else in JSON quotes
 * with `\u` escapes, so that `"tech\u00a0"`, `"tech "` and `tech` differ to the eye.
 */
export function showValue(value: string): string {
  const plain = value !== '' && value.trim() === value && !value.startsWith('"') && !hasHiddenCharacters(value);
  if (plain) return value;
  return escapeCharacters(JSON.stringify(value), findHiddenCharacters(value));
}
