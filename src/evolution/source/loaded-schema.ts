import type { GraphQLSchema } from 'graphql';

/** A schema and where it came from. */
export interface LoadedSchema {
  /** The reference that it was loaded by. */
  readonly name: string;
  readonly schema: GraphQLSchema;
  /** The file of the SDL that it was built from, for annotations. */
  readonly file?: string;
}
