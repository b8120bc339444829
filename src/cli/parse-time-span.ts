import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST = 366 * 86_400;

/** `90s`, `15m`, `12h`, `30d` as seconds. */
export function parseTimeSpan(text: string): number {
  const [, amount, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN);
  if (seconds > 0 && seconds <= LONGEST) return seconds;
  throw new InvalidArgumentError('Expected a span such as 90s, 15m, 12h or 30d, up to 366d.');
}
