import type { GraphQLSchema } from 'graphql';

/** The two schemas that are compared. */
export interface SchemaPair {
  readonly older: GraphQLSchema;
  readonly newer: GraphQLSchema;
}
