import { BadUserInputError } from '../errors.ts';

const LONGEST = 2_000;

/**
 * Why somebody asks for a change, as it is kept; undefined: nobody said.
 * @throws BadUserInputError for what no column holds, and for more than 2,000 characters.
 */
export function checkReason(reason: string | null | undefined): string | undefined {
  if (reason === null || reason === undefined) return undefined;
  const refuse = (why: string) => new BadUserInputError(`reason: ${why}`, { path: 'reason' });
  if (!reason.isWellFormed() || reason.includes('\0')) throw refuse('expected what a column can hold, got half a surrogate pair or U+0000');
  // No more than twice as many units as characters: counted only where that may matter.
  const length = reason.length > LONGEST ? [...reason].length : 0;
  if (length > LONGEST) throw refuse(`expected at most ${LONGEST} characters, got ${length}`);
  return reason;
}
