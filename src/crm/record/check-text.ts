import { BadUserInputError, LimitExceededError } from '../../errors.ts';

/**
 * Refuses text that PostgreSQL could not keep as it is: NUL characters, and lone surrogates, which UTF-8 cannot express.
 * `longest` is in characters.
 */
export function checkText(path: string, text: string, longest?: number): string {
  if (text.includes('\0')) throw new BadUserInputError(`${path}: expected text without NUL characters`, { path });
  if (!text.isWellFormed()) throw new BadUserInputError(`${path}: expected well-formed Unicode, got a lone surrogate`, { path });
  // In most texts the number of UTF-16 units settles it without counting characters.
  if (longest !== undefined && text.length > longest && [...text].length > longest)
    throw new BadUserInputError(`${path}: expected at most ${longest} characters, got ${[...text].length}`, { path, limit: longest });
  return text;
}

/** Refuses lists that are longer than a program has reason to send. */
export function checkCount(path: string, count: number, most: number): void {
  if (count > most) throw new LimitExceededError(`${path}: expected at most ${most} entries, got ${count}`, { path, limit: most });
}
