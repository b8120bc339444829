import { InvalidArgumentError } from 'commander';

/** An option's value as a whole number within bounds. */
export function parseWholeNumber(text: string, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
}
