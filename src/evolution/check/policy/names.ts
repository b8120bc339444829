import { isType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { listMembers } from '../../versions/list-members.ts';
import type { SchemaMember } from '../../versions/member-lifecycle.ts';
import type { Fault } from '../finding.ts';

const STYLES = {
  PascalCase: /^[A-Z][A-Za-z0-9]*$/,
  camelCase: /^[a-z][A-Za-z0-9]*$/,
  UPPER_CASE: /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/,
};

/** Types are PascalCase; fields, arguments and input fields camelCase; enum values UPPER_CASE: all but those at `allowed` coordinates. */
export function findWrongNames(schema: GraphQLSchema, allowed: ReadonlySet<string>): Fault[] {
  return [...listMembers(schema)].flatMap(({ coordinate, member }): Fault[] => {
    const style = chooseStyle(member);
    if (STYLES[style].test(member.name) || allowed.has(coordinate)) return [];
    return [{ kind: 'NAME', coordinate, message: `${coordinate} is not named in ${style}.` }];
  });
}

function chooseStyle(member: SchemaMember): keyof typeof STYLES {
  if (isType(member)) return 'PascalCase';
  return 'type' in member ? 'camelCase' : 'UPPER_CASE';
}
