import type { Random } from './random.ts';

/** A UUID of version 7 (RFC 9562, 5.7) for a moment, whose random bits are always the same ones. */
export function demoId(moment: Date, random: Random): string {
  const time = moment.getTime().toString(16).padStart(12, '0');
  const bits = (digits: number) => Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${bits(3)}-${(8 + random.below(4)).toString(16)}${bits(3)}-${bits(12)}`;
}
