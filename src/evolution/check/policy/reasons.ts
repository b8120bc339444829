import { DEFAULT_DEPRECATION_REASON } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { listMembers } from '../../versions/list-members.ts';
import type { Fault } from '../finding.ts';
import { addMonths, readSunset } from '../month.ts';
import { judgeReplacement, readReplacement } from './replacements.ts';

/**
 * Every reason in SDL says what to use instead, which is there, and when the member goes. A sunset that the older schema does not
 * state, or states for a later month, is told to clients now: it is at least the notice away from this month.
 */
export function findWrongReasons(
  older: GraphQLSchema,
  newer: GraphQLSchema,
  { noticeMonths, month }: { noticeMonths: number; month: string },
): Fault[] {
  const before = readReasons(older);
  return [...readReasons(newer)].flatMap(([coordinate, reason]) => {
    const reject = (kind: Fault['kind'], message: string): Fault => ({ kind, coordinate, message: `${coordinate} ${message}` });
    if (reason.trim() === '' || reason === DEFAULT_DEPRECATION_REASON)
      return [reject('DEPRECATION_REASON_MISSING', 'is deprecated without a reason of its own.')];

    const faults: Fault[] = [];
    const replacement = readReplacement(reason, coordinate);
    if (replacement === undefined)
      faults.push(
        reject(
          'DEPRECATION_REPLACEMENT_MISSING',
          `is deprecated, and its reason names no replacement, such as "Use \`other\`.": ${reason}`,
        ),
      );
    else if (replacement.text !== undefined) faults.push(...judgeReplacement(newer, coordinate, replacement.text, 'schema'));
    const sunset = readSunset(reason);
    const stated = readSunset(before.get(coordinate) ?? '');
    const earliest = addMonths(month, noticeMonths);
    if (sunset === undefined)
      faults.push(
        reject(
          'DEPRECATION_SUNSET_MISSING',
          `is deprecated, and its reason does not say "Removed in YYYY-MM", the month it goes: ${reason}`,
        ),
      );
    else if ((stated === undefined || sunset < stated) && sunset < earliest)
      faults.push(
        reject(
          'DEPRECATION_NOTICE_TOO_SHORT',
          `is to be removed in ${sunset}, which clients are told now, in ${month}: expected ${earliest} or later.`,
        ),
      );
    return faults;
  });
}

function readReasons(schema: GraphQLSchema): ReadonlyMap<string, string> {
  return new Map(
    [...listMembers(schema)].flatMap(({ coordinate, member }) =>
      'deprecationReason' in member && member.deprecationReason != null ? [[coordinate, member.deprecationReason] as const] : [],
    ),
  );
}
