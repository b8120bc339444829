import { buildASTSchema, buildClientSchema, GraphQLError, parse, Source, validateSchema } from 'graphql';
import type { GraphQLSchema, IntrospectionQuery } from 'graphql';
import { OperationError } from '../../errors.ts';

/**
 * A schema from SDL.
 * @throws OperationError with the line and column of what is wrong.
 */
export function buildFromSdl(sdl: string, name: string): GraphQLSchema {
  try {
    return requireValid(buildASTSchema(parse(new Source(sdl, name))), name);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(`${name} is not a schema in SDL: ${describe(error)}`, { cause: error });
  }
}

/**
 * A schema from the answer to an introspection query, with or without `data` around it.
 * @throws OperationError where it is none.
 */
export function buildFromIntrospection(answer: unknown, name: string): GraphQLSchema {
  const found = Object(answer) as { data?: unknown; __schema?: unknown };
  const introspection = found.__schema === undefined ? found.data : found;
  if ((Object(introspection) as { __schema?: unknown }).__schema === undefined)
    throw new OperationError(`${name} is no result of an introspection query: expected { "data": { "__schema": … } }`);
  try {
    return requireValid(buildClientSchema(introspection as IntrospectionQuery), name);
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(`${name} is no result of an introspection query: ${describe(error)}`, { cause: error });
  }
}

function requireValid(schema: GraphQLSchema, name: string): GraphQLSchema {
  const errors = validateSchema(schema);
  if (errors.length === 0) return schema;
  throw new OperationError(`${name} is not a valid schema:\n${errors.map((error) => `- ${describe(error)}`).join('\n')}`);
}

function describe(error: unknown): string {
  const [location] = (error instanceof GraphQLError && error.locations) || [];
  const message = error instanceof Error ? error.message : String(error);
  return location === undefined ? message : `line ${location.line}, column ${location.column}: ${message}`;
}
