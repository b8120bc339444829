import type { GraphQLSchema } from 'graphql';
import { listMembers } from '../../versions/list-members.ts';
import type { Fault } from '../finding.ts';

/** Every type, field, argument, input field and enum value is described. */
export function findMissingDescriptions(schema: GraphQLSchema): Fault[] {
  return [...listMembers(schema)]
    .filter(({ member }) => !member.description?.trim())
    .map(({ coordinate }) => ({ kind: 'DESCRIPTION_MISSING', coordinate, message: `${coordinate} has no description.` }));
}
