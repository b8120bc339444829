import type { Blocker } from '../../errors.ts';
import { countUnaccepted, type FieldReport } from './report.ts';

/**
 * What is not as it should be with the rows of one field and tenant, each row once. `quarantineError`: what the database said of a row
 * that no batch could write.
 */
export function findDataBlockers(report: FieldReport, quarantineError?: string): Blocker[] {
  const { field, tenant, missing, drift, quarantined = 0, quarantinedMissing = 0 } = report;
  const scope = `--field ${field} --tenant ${tenant}`;
  const refused = quarantineError === undefined ? '' : `: ${quarantineError}`;
  const rows: readonly [code: string, count: number, what: string][] = [
    [
      'UNMAPPED',
      countUnaccepted(report),
      `carry values that no choice has. Map or accept them: choices map ${field} --tenant ${tenant} VALUE=KEY`,
    ],
    [
      'QUARANTINED',
      quarantined,
      `could not be written${refused}. Mend what choices verify ${scope} says, then run: choices migrate ${scope}`,
    ],
    ['MISSING', missing - quarantinedMissing, `lack the ref that their value resolves to. Run: choices migrate ${scope}`],
    ['DRIFT', drift, `refer to another choice than their legacy value. Run: choices verify ${scope}`],
  ];
  return rows
    .filter(([, count]) => count > 0)
    .map(([code, count, what]) => ({ code, field, tenant, message: `${field} of ${tenant}: ${count} rows ${what}` }));
}
