import { findHiddenCharacters } from './hidden-characters.ts';

/** A message as a terminal may print it: what other people's data brought along can neither hide nor command. Line breaks stay. */
export function escapeHidden(message: string): string {
  const isHidden = findHiddenCharacters(message.normalize('NFC'));
  return escapeCharacters(message, (character) => character !== '\n' && isHidden(character));
}

/** JSON escapes of UTF-16 units (RFC 8259, section 7): a character beyond the BMP becomes a pair of them. */
export function escapeCharacters(text: string, isHidden: (character: string) => boolean): string {
  return Array.from(text, (character) => (isHidden(character) ? character.split('').map(escapeUnit).join('') : character)).join('');
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
