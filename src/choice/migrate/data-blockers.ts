import type { Blocker } from '../../errors.ts';
import { countUnaccepted, type FieldReport } from './report.ts';

/** What keeps the rows of one field and tenant from being read by their ref alone. */
export function findDataBlockers(report: FieldReport): Blocker[] {
  const { field, tenant, missing, drift } = report;
  const unaccepted = countUnaccepted(report);
  const quarantined = report.quarantined ?? 0;
  const scope = `--field ${field} --tenant ${tenant}`;
  const rows: readonly [code: string, count: number, what: string][] = [
    ['UNMAPPED', unaccepted, `carry values that no choice has. Map or accept them: choices map ${field} --tenant ${tenant} VALUE=KEY`],
    ['MISSING', missing, `lack the ref that their value resolves to. Run: choices migrate ${scope}`],
    ['DRIFT', drift, `refer to another choice than their legacy value. Run: choices verify ${scope}`],
    ['QUARANTINED', quarantined, `could not be written. Run: choices verify ${scope}`],
  ];
  return rows
    .filter(([, count]) => count > 0)
    .map(([code, count, what]) => ({ code, field, tenant, message: `${field} of ${tenant}: ${count} rows ${what}` }));
}
