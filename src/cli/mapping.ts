import { UsageError } from '../errors.ts';
import { showValue } from './text/show-value.ts';

/** A legacy value and the key of the choice it stands for. */
export interface Mapping {
  readonly value: string;
  readonly key: string;
}

/**
 * Reads `VALUE=KEY` arguments. The same pair twice counts once.
 * @throws UsageError for what is no such pair, and for one value with two keys.
 */
export function readMappings(pairs: readonly string[]): Mapping[] {
  const keys = new Map<string, string>();
  for (const { value, key } of pairs.map(splitPair)) {
    const other = keys.get(value);
    if (other !== undefined && other !== key)
      throw new UsageError(`the value ${showValue(value)} cannot stand for both ${showValue(other)} and ${showValue(key)}`);
    keys.set(value, key);
  }
  return Array.from(keys, ([value, key]) => ({ value, key }));
}

/** Splits at the last `=`: a legacy value may hold one, a key cannot. Keeps blanks: they are part of the value. */
function splitPair(pair: string): Mapping {
  const at = pair.lastIndexOf('=');
  const [value, key] = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)];
  if (at === -1) throw new UsageError(`expected VALUE=KEY, got ${showValue(pair)}`);
  if (value === '')
    throw new UsageError(`expected VALUE=KEY, got no value in ${showValue(pair)}: an empty value is not mapped, it stays empty`);
  // What a program gets of an argument that is not UTF-8: the bytes are lost, and this would map another value.
  if (value.includes('\u{fffd}')) throw new UsageError(`expected a value in UTF-8, got ${showValue(value)}`);
  if (key === '') throw new UsageError(`expected VALUE=KEY, got no key in ${showValue(pair)}`);
  return { value, key };
}
