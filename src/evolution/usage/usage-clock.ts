/**
 * Tells moments, in milliseconds, by a clock that only goes forward and knows no date, and how they relate to the database's clock:
 * that one alone says what time it is, whatever the clock of this machine shows.
 */
export interface UsageClock {
  now(): number;
  /** The number of the hour that a moment is in, as far as the database's clock is known; a way to tell hours apart, no more. */
  hourOf(moment: number): number;
  /** A moment on the database's clock, in milliseconds since 1970. */
  date(moment: number): number;
  /** The database's clock showed `shown`, in milliseconds since 1970, at a moment. */
  set(shown: number, moment: number): void;
}

const HOUR_MS = 3_600_000;

/** `now` never goes back. */
export function createUsageClock(now: () => number = () => performance.now()): UsageClock {
  let offset = 0;
  const date = (moment: number) => moment + offset;
  return {
    now,
    hourOf: (moment) => Math.floor(date(moment) / HOUR_MS),
    date,
    set: (shown, moment) => void (offset = shown - moment),
  };
}
