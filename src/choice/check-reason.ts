import { BadUserInputError } from '../errors.ts';

const LONGEST = 2_000;

/** What is wrong with a reason that somebody gives for a change: that no column holds it, or that it is longer than 2,000 characters. */
export function findReasonFault(reason: string): string | undefined {
  if (!reason.isWellFormed() || reason.includes('\0')) return 'expected what a column can hold, got half a surrogate pair or U+0000';
  // No more than twice as many units as characters: counted only where that may matter.
  const length = reason.length > LONGEST ? [...reason].length : 0;
  return length > LONGEST ? `expected at most ${LONGEST} characters, got ${length}` : undefined;
}

/** Why somebody asks the API for a change, as it is kept; undefined: nobody said. @throws BadUserInputError */
export function checkReason(reason: string | null | undefined): string | undefined {
  if (reason === null || reason === undefined) return undefined;
  const fault = findReasonFault(reason);
  if (fault !== undefined) throw new BadUserInputError(`reason: ${fault}`, { path: 'reason' });
  return reason;
}
