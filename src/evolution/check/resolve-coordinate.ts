import { resolveSchemaCoordinate } from 'graphql';
import type { GraphQLSchema } from 'graphql';

/** What is at a coordinate. graphql-js throws where the owner of a member is missing, or is of another kind; here nothing is there. */
export function resolveCoordinate(schema: GraphQLSchema, coordinate: string): ReturnType<typeof resolveSchemaCoordinate> {
  try {
    return resolveSchemaCoordinate(schema, coordinate);
  } catch {
    return undefined;
  }
}
