import { findHiddenCharacters, hasHiddenCharacters } from './hidden-characters.ts';

const NEEDS_NO_QUOTES = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*$/;

/**
 * An argument as one types it in bash, zsh or ksh, to the byte. Hidden characters become octal escapes of their UTF-8 bytes
 * in `$'…'` (POSIX.1-2024, 2.2.4): those have a fixed length and do not depend on the shell's locale, as `\u` does.
 */
export function quoteForShell(argument: string): string {
  if (NEEDS_NO_QUOTES.test(argument)) return argument;
  if (!hasHiddenCharacters(argument)) return `'${argument.replaceAll("'", String.raw`'\''`)}'`;

  const isHidden = findHiddenCharacters(argument);
  return `$'${Array.from(argument, (character) => escapeCharacter(character, isHidden(character))).join('')}'`;
}

/** `!` too: an interactive bash may take it for its history. */
function escapeCharacter(character: string, hidden: boolean): string {
  if (character === '\\' || character === "'") return `\\${character}`;
  if (!hidden && character !== '!') return character;
  return Array.from(Buffer.from(character, 'utf8'), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
