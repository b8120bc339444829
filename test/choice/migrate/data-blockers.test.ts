import { expect, test } from '@jest/globals';
import { findDataBlockers } from '../../../src/choice/migrate/data-blockers.ts';
import { findLeftovers } from '../../../src/choice/migrate/migrate-blockers.ts';
import type { FieldReport } from '../../../src/choice/migrate/report.ts';

const REPORT: FieldReport = {
  field: 'Lead.industry',
  tenant: 'acme',
  phase: 'migrated',
  rows: 10,
  mapped: 10,
  empty: 0,
  missing: 0,
  drift: 0,
  unmapped: [],
};
const told = (report: Partial<FieldReport>, find: (report: FieldReport) => ReturnType<typeof findDataBlockers>) =>
  find({ ...REPORT, ...report }).map(({ code, message }) => [code, Number(/ (\d+) rows/.exec(message)![1])]);

test.each([
  ['a run', (report: FieldReport) => findLeftovers(report, [])],
  ['prefer', (report: FieldReport) => findDataBlockers(report)],
])('%s tells each row that is not as it should be once', (_, find) => {
  expect(told({}, find)).toEqual([]);
  // Rows in quarantine that are not missing refer to a choice that was merged.
  expect(told({ missing: 3, quarantined: 2, quarantinedMissing: 1 }, find)).toEqual([
    ['QUARANTINED', 2],
    ['MISSING', 2],
  ]);
  expect(told({ missing: 1, quarantined: 1, quarantinedMissing: 1 }, find)).toEqual([['QUARANTINED', 1]]);
  expect(told({ missing: 1, quarantined: 1, quarantinedMissing: 0 }, find)).toEqual([
    ['QUARANTINED', 1],
    ['MISSING', 1],
  ]);
  const unmapped = [
    { value: 'huh', count: 4, accepted: false, suggestions: [] },
    { value: 'hm', count: 5, accepted: true, suggestions: [] },
  ];
  expect(told({ drift: 2, unmapped }, find)).toEqual([
    ['UNMAPPED', 4],
    ['DRIFT', 2],
  ]);
});
