import { BadUserInputError, ChoiceInUseError, ChoiceSystemError, ConflictError, LimitExceededError } from '../../errors.ts';

/** How many choices of a type a tenant has at most that are not deleted. */
export const MOST_CHOICES = 1_000;

/** The mutations that do instead of a deletion what does not need the choice to be unused. */
export const ALTERNATIVES: readonly string[] = Object.freeze(['mergeChoices', 'setChoiceActive']);

interface DatabaseError extends Error {
  readonly code: string;
  readonly constraint?: string;
}

/**
 * What the database's own rules for choices refuse, in the API's words; any other error as it is. The service looks before it writes: here
 * arrives what somebody else did in between.
 */
export function translateRuleError(error: unknown): unknown {
  if (!isDatabaseError(error)) return error;
  const { code, constraint = '', message } = error;
  const options = { cause: error };
  switch (constraint) {
    case 'choice_label_characters':
      return new BadUserInputError(`label: ${message}`, { path: 'label' }, options);
    case 'choice_system':
      return new ChoiceSystemError(message, {}, options);
    case 'choice_in_use':
      return new ChoiceInUseError(message, { alternatives: ALTERNATIVES }, options);
    case 'choice_default':
    case 'choice_last_active':
      return new ChoiceInUseError(message, { alternatives: ['replacementId'] }, options);
    case 'choice_merged':
      return new ConflictError(message, {}, options);
    case 'choice_limit':
      return new LimitExceededError(message, { limit: MOST_CHOICES }, options);
  }
  if (code === UNIQUE_VIOLATION && constraint.endsWith('_label_key'))
    return new BadUserInputError('label: another choice has it already', { path: 'label' }, options);
  if (code === UNIQUE_VIOLATION) return new BadUserInputError(`key: ${message}`, { path: 'key' }, options);
  return error;
}

const UNIQUE_VIOLATION = '23505';

function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'severity' in error;
}
