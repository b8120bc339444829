import type { GraphQLArgument, GraphQLEnumValue, GraphQLField, GraphQLInputField, GraphQLNamedType } from 'graphql';
import type { Lifecycle, MemberDeprecation } from '../lifecycle.ts';
import type { ApiVersion } from './api-versions.ts';

/** Anything in a schema that can come and go with a version. */
export type SchemaMember = GraphQLNamedType | GraphQLField<unknown, unknown> | GraphQLArgument | GraphQLInputField | GraphQLEnumValue;

type Annotated = Pick<SchemaMember, 'extensions'>;

/** Writes a member's lifecycle where `findLifecycle` finds it. */
export function setLifecycle(member: SchemaMember, lifecycle: Lifecycle): void {
  member.extensions = { ...member.extensions, lifecycle };
}

/** The lifecycle that `annotateSchema` gave a member, if any. */
export function findLifecycle(member: Annotated): Lifecycle | undefined {
  return member.extensions?.lifecycle as Lifecycle | undefined;
}

/** The deprecation that a member has in a version, if any. */
export function findDeprecation(member: Annotated, version: ApiVersion): MemberDeprecation | undefined {
  const deprecated = findLifecycle(member)?.deprecated;
  return deprecated !== undefined && deprecated.since <= version.month ? deprecated : undefined;
}

/** Whether a version has a member. */
export function existsIn(member: Annotated, version: ApiVersion): boolean {
  const { introduced, removed } = findLifecycle(member) ?? {};
  if (introduced !== undefined && version.month < introduced) return false;
  if (removed !== undefined && removed <= version.month) return false;
  return !(version.withoutDeprecated === true && findDeprecation(member, version) !== undefined);
}

/** The reason that `@deprecated` states in a version; undefined where the member is not deprecated in it. */
export function describeDeprecation(member: Annotated, version: ApiVersion): string | undefined {
  const deprecation = findDeprecation(member, version);
  return deprecation && `Use \`${deprecation.replacement}\`. Removed in ${deprecation.sunset}.`;
}
