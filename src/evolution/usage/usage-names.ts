/** Stands for the names there was no room for. No name in GraphQL looks like it, and no client can call itself so. */
export const OTHERS = '(others)';

const MOST_CHARACTERS = 100;
const MOST_LETTERS = 200;
/** Controls, and halves of a character: neither can be stored as text, or shown. */
const UNUSABLE = /[\p{Cc}\p{Cs}]/u;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a client calls itself, or its version; `''` for what is no usable name: over 100 characters, control characters, `(others)`. */
export function tidyName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === OTHERS || UNUSABLE.test(trimmed)) return '';
  // The database counts code points; a string's length is never less.
  return trimmed.length <= MOST_CHARACTERS || Array.from(trimmed).length <= MOST_CHARACTERS ? trimmed : '';
}

/** An operation's name, which is ASCII by GraphQL's grammar, cut to 200 letters. */
export function tidyOperation(name: string): string {
  const letters = name.slice(0, MOST_LETTERS);
  return /^\w*$/.test(letters) ? letters : '';
}

/** A tenant's id as PostgreSQL writes it; null for what is none. */
export function tidyTenant(id: string | null): string | null {
  const lower = id?.toLowerCase();
  return lower !== undefined && UUID.test(lower) ? lower : null;
}
