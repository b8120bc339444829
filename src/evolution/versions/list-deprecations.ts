import type { GraphQLSchema } from 'graphql';
import type { MemberDeprecation } from '../lifecycle.ts';
import type { ApiVersion } from './api-versions.ts';
import { listMembers } from './list-members.ts';
import { describeDeprecation, existsIn, findDeprecation } from './member-lifecycle.ts';

/** A member that a version has and that will go. */
export interface Deprecation extends MemberDeprecation {
  /** `Lead.industry`, `Query.leads(filter:)`. */
  readonly coordinate: string;
  /** As `@deprecated` states it. */
  readonly reason: string;
}

/** What is deprecated in a version, by coordinate, of an annotated schema or of a view of it. */
export function listDeprecations(schema: GraphQLSchema, version: ApiVersion): readonly Deprecation[] {
  return [...listMembers(schema)]
    .flatMap(({ coordinate, member }) => {
      const deprecation = existsIn(member, version) ? findDeprecation(member, version) : undefined;
      return deprecation === undefined ? [] : [{ coordinate, reason: describeDeprecation(member, version)!, ...deprecation }];
    })
    .sort((left, right) => (left.coordinate < right.coordinate ? -1 : 1));
}
