/**
 * What a reader of a terminal cannot see or tell apart: controls, format and private characters, every blank but the plain one,
 * and what Unicode ignores by default (UAX #44, Default_Ignorable_Code_Point). U+2800 is a braille cell without a dot.
 */
const HIDDEN = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
const ASCII_VISIBLE = /^[ -~]$/;

/**
 * Which characters of a value need an escape to be told from others. In a value that is not NFC these are all beyond ASCII:
 * it looks like its composed twin, and is another value.
 */
export function findHiddenCharacters(value: string): (character: string) => boolean {
  if (value !== value.normalize('NFC')) return (character) => !ASCII_VISIBLE.test(character);
  return (character) => HIDDEN.test(character);
}

/** Whether any character of a value needs an escape. */
export function hasHiddenCharacters(value: string): boolean {
  return Array.from(value).some(findHiddenCharacters(value));
}
