import type { GrowthResults } from './measure.ts';

/** What the last point of a curve may cost more than the first. Choice fields are answers too: each makes a page dearer. */
const MOST_GROWTH: Readonly<Record<string, number>> = { tenants: 1.5, leads: 1.5, depth: 1.5 };

/** What is not as design §11 wants it: flat, without a scan, the statements always the same. */
export function findFaults({ curves, plans }: GrowthResults): readonly string[] {
  const rising = curves.flatMap(({ name, title, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!].map(({ serverCpu, databaseCpu }) => serverCpu + databaseCpu) as [number, number];
    const most = MOST_GROWTH[name];
    return most !== undefined && last > first * most
      ? [`by ${title}, CPU grows from ${first.toFixed(0)} to ${last.toFixed(0)} µs, more than ${most} ×`]
      : [];
  });
  const counts = curves.flatMap(({ points }) => points.map(({ statements }) => statements.statements));
  const statements = new Set(counts).size > 1 ? [`a page takes ${Math.min(...counts)} to ${Math.max(...counts)} statements`] : [];
  const scans = plans.filter((plan) => plan.scans).map(({ title }) => `${title}: leads are scanned`);
  return [...rising, ...statements, ...scans];
}
