import { diffSchemas } from '../diff/diff-schemas.ts';
import type { LoadedSchema } from '../source/loaded-schema.ts';
import { sortFindings } from './finding.ts';
import type { Finding } from './finding.ts';
import { judgeChanges } from './judge-changes.ts';
import { locateMember } from './locate-member.ts';
import { monthOf, readSunset } from './month.ts';
import { findMemberFaults } from './policy/policy.ts';
import type { Policy } from './policy/policy.ts';
import { findWrongReasons } from './policy/reasons.ts';

/** Every change between two schemas, undecided. */
export function compareSchemas(older: LoadedSchema, newer: LoadedSchema): Finding[] {
  return diffSchemas(older.schema, newer.schema).map(({ severity, kind, coordinate, message }) => ({
    judgement: severity,
    ...locate(newer, { kind, coordinate, message }),
    against: older.name,
  }));
}

/**
 * Whether a schema may take the place of another. What breaks operations is refused, but for the removal of a member whose reason
 * names a month, `Removed in 2027-07`, that has begun in UTC; so is what the policy forbids.
 */
export function checkSchemas(older: LoadedSchema, newer: LoadedSchema, policy: Policy, now: Date): Finding[] {
  const month = monthOf(now);
  const changes = judgeChanges(older.schema, newer.schema, ({ deprecationReason }) => {
    const sunset = readSunset(deprecationReason);
    if (sunset === undefined) return 'It was not said when it goes: "Removed in YYYY-MM".';
    return sunset <= month ? undefined : `It may go in ${sunset}, and not yet in ${month}.`;
  });
  const faults = [
    ...findMemberFaults(newer.schema, policy),
    ...(policy.deprecations ? findWrongReasons(older.schema, newer.schema, { noticeMonths: policy.noticeMonths, month }) : []),
  ];
  return sortFindings([
    ...changes.map(({ judgement, ...change }) => ({ judgement, ...locate(newer, change), against: older.name })),
    ...faults.map((fault) => ({ judgement: 'refused' as const, ...locate(newer, fault) })),
  ]);
}

function locate<T extends Pick<Finding, 'kind' | 'coordinate' | 'message'>>({ name, schema, file }: LoadedSchema, found: T) {
  return { ...found, schema: name, ...(file === undefined ? {} : { file, line: locateMember(schema, found.coordinate) }) };
}
