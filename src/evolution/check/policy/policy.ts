import type { GraphQLSchema } from 'graphql';
import type { Fault } from '../finding.ts';
import { findMissingDescriptions } from './descriptions.ts';
import { findWrongNames } from './names.ts';

/** What a schema has to be beyond valid. */
export interface Policy {
  /** Months between the deprecation of a member and its removal. */
  readonly noticeMonths: number;
  /** Whether deprecations have to say what they should. */
  readonly deprecations: boolean;
  readonly descriptions: boolean;
  readonly naming: boolean;
  /** Exact coordinates whose names are as they are. */
  readonly allowedNames: ReadonlySet<string>;
}

export const defaultPolicy: Policy = {
  noticeMonths: 6,
  deprecations: true,
  descriptions: true,
  naming: true,
  allowedNames: new Set(),
};

/** What is wrong with the members of a schema, whatever was before. */
export function findMemberFaults(schema: GraphQLSchema, { descriptions, naming, allowedNames }: Policy): Fault[] {
  return [...(descriptions ? findMissingDescriptions(schema) : []), ...(naming ? findWrongNames(schema, allowedNames) : [])];
}
