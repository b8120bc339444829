import type { GraphQLSchema } from 'graphql';
import { listMembers } from '../../versions/list-members.ts';
import { findLifecycle } from '../../versions/member-lifecycle.ts';
import type { Fault } from '../finding.ts';
import { addMonths } from '../month.ts';

/** Every declared sunset is at least the notice after the version that first marks the member. */
export function findShortNotices(annotated: GraphQLSchema, noticeMonths: number): Fault[] {
  return [...listMembers(annotated)].flatMap(({ coordinate, member }): Fault[] => {
    const deprecated = findLifecycle(member)?.deprecated;
    if (deprecated === undefined) return [];
    const earliest = addMonths(deprecated.since, noticeMonths);
    if (deprecated.sunset >= earliest) return [];
    const message = `${coordinate} is deprecated since ${deprecated.since} with the sunset ${deprecated.sunset}: expected ${earliest} or later.`;
    return [{ kind: 'DEPRECATION_NOTICE_TOO_SHORT', coordinate, message }];
  });
}
