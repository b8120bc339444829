import { lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';

/** A view as SDL with descriptions, sorted, so that equal schemas print as equal bytes. */
export function printVersion(view: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(view))}\n`;
}
