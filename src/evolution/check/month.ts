/** The month, `YYYY-MM`, that comes so many months after another. */
export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const months = year * 12 + (number - 1) + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`;
}

/** The month of a moment in UTC, as `YYYY-MM`. */
export function monthOf(moment: Date): string {
  return moment.toISOString().slice(0, 7);
}

/** The month in which a reason says that its member goes, `Removed in 2027-07`; undefined where it says none. */
export function readSunset(reason: string): string | undefined {
  return /\bremoved in (\d{4}-(?:0[1-9]|1[0-2]))(?![-\d])/i.exec(reason)?.[1];
}
