import { BadUserInputError, LimitExceededError } from '../../errors.ts';

const DEFAULT_SIZE = 20;
const LARGEST_SIZE = 500;

/** How many nodes a page may hold. @throws BadUserInputError, LimitExceededError */
export function pageSize({
  first,
  last,
}: {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
}): number {
  if (typeof first === 'number' && typeof last === 'number') throw new BadUserInputError('Expected first or last, got both');
  const [name, size] = typeof last === 'number' ? ['last', last] : ['first', first ?? DEFAULT_SIZE];
  if (size < 0) throw new BadUserInputError(`${name}: expected 0 to ${LARGEST_SIZE}, got ${size}`);
  if (size > LARGEST_SIZE) throw new LimitExceededError(`${name}: expected at most ${LARGEST_SIZE}, got ${size}`, { limit: LARGEST_SIZE });
  return size;
}
