import { type GraphQLSchema, resolveSchemaCoordinate } from 'graphql';
import { UsageError } from '../../errors.ts';
import { nextVersion } from '../versions/api-versions.ts';
import { listMembers } from '../versions/list-members.ts';
import { setLifecycle } from '../versions/member-lifecycle.ts';
import { viewSchema } from '../versions/view-schema.ts';
import type { RewriteContext } from './rewrite-result.ts';
import type { RewriteRule } from './rewrite-rule.ts';

/** Long ago and far away: `@deprecated` says neither. */
const DEPRECATED = { since: '0001-01', sunset: '9999-12', replacement: 'its replacement' };

/**
 * What documents are rewritten by, from one schema that has the deprecated members and their replacements. Its deprecated members
 * get a lifecycle; `name` is what messages call it.
 * @throws UsageError for a schema without a deprecated member that a rule is for, or without what replaces one.
 */
export function createRewriteContext(schema: GraphQLSchema, rules: readonly RewriteRule[], name: string): RewriteContext {
  const has = (coordinate: string) => resolveSchemaCoordinate(schema, coordinate) !== undefined;
  const present = rules.filter(({ coordinate }) => has(coordinate));
  const lacking = present
    .map(({ coordinate, replacement }) => coordinate.replace(/[^.]*$/, replacement.field))
    .filter((coordinate) => !has(coordinate));
  if (present.length === 0)
    throw new UsageError(`${name} has nothing that is to be rewritten: expected ${rules[0]?.coordinate ?? 'rules'}`);
  if (lacking.length > 0)
    throw new UsageError(`${name} lacks ${lacking[0]}: expected the version that has deprecated members and their replacements`);

  for (const { member } of listMembers(schema))
    if ('deprecationReason' in member && member.deprecationReason != null) setLifecycle(member, { deprecated: DEPRECATED });
  return { schema, nextSchema: viewSchema(schema, nextVersion), rules: present };
}
