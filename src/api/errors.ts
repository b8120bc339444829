import { ApolloServerErrorCode } from '@apollo/server/errors';
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import { ApplicationError, LimitExceededError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { limits } from './limits.ts';
import { describeCauses } from './logger.ts';
import type { Logger } from './logger.ts';
import { requestState } from './request-state.ts';

/** Codes by which graphql-js and Apollo say that a request was wrong; their messages are for the client. */
const requestErrorCodes: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.BAD_REQUEST,
  ApolloServerErrorCode.BAD_USER_INPUT,
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
]);

/** The HTTP status of a request that is refused before anything executes; others are 400. */
const refusalStatus: Partial<Record<ErrorCode, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403 };

/**
 * Makes the function that turns what went wrong into what a client is told: an application error as it is, a request that
 * GraphQL refuses with Apollo's code, anything else masked and logged with the request's id.
 */
export function createErrorFormatter(logger: Logger): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const origin = findOrigin(error);
    const place = { ...(formatted.locations && { locations: formatted.locations }), ...(formatted.path && { path: formatted.path }) };

    const refusal = origin instanceof ApplicationError ? origin : findExceededLimit(formatted, origin);
    if (refusal !== undefined) return { message: refusal.message, ...place, extensions: { ...refusal.data, code: refusal.code } };
    if (requestErrorCodes.has(formatted.extensions?.code)) return formatted;
    if (isArgumentError(origin))
      return { ...formatted, extensions: { ...formatted.extensions, code: ApolloServerErrorCode.BAD_USER_INPUT } };
    const { id: requestId, operationName } = requestState.getStore() ?? {};
    return { ...maskError(logger, origin, { requestId, operationName, path: formatted.path }), ...place };
  };
}

/** Logs an error with its causes and the request it belongs to, and gives what the client is told instead. */
export function maskError(
  logger: Logger,
  error: unknown,
  { requestId, ...details }: { readonly requestId: string | undefined } & Readonly<Record<string, unknown>>,
): GraphQLFormattedError {
  logger.error('Internal server error', { requestId, ...details, error: describeCauses(error) });
  return { message: 'Internal server error', extensions: { code: ApolloServerErrorCode.INTERNAL_SERVER_ERROR, requestId } };
}

/** An application error as one that ends a request before it executes, with the HTTP status that says so. */
export function refuseRequest(error: ApplicationError, challenge = 'Bearer'): GraphQLError {
  const status = refusalStatus[error.code] ?? 400;
  const headers = new HeaderMap();
  if (status === 401) headers.set('www-authenticate', challenge);
  // Typed loosely: graphql-yoga, which comes along with GraphiQL, declares `http` for every GraphQLError in its own way.
  const extensions: Record<string, unknown> = { http: { status, headers } };
  return new GraphQLError(error.message, { originalError: error, extensions });
}

/** What was thrown, without the GraphQL errors that only say where. */
function findOrigin(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError !== undefined) origin = origin.originalError;
  return origin;
}

/** The parser has limits of its own, and words for them that are not ours. */
function findExceededLimit(formatted: GraphQLFormattedError, origin: unknown): LimitExceededError | undefined {
  if (formatted.extensions?.code !== ApolloServerErrorCode.GRAPHQL_PARSE_FAILED) return undefined;
  if (origin instanceof RangeError) return new LimitExceededError('The document is nested too deeply to be read.', { limit: 'nesting' });
  if (!/Document contains more tha[nt] \d+ tokens/.test(formatted.message)) return undefined;
  return new LimitExceededError(`The document has more than ${limits.tokens} tokens.`, { limit: 'tokens', maximum: limits.tokens });
}

/**
 * Whether graphql-js refused an argument's value only at execution, such as a variable that is null where the argument may not
 * be. It gives such an error no code, and other errors without a code speak of what a resolver did wrong.
 */
function isArgumentError(origin: unknown): boolean {
  return origin instanceof GraphQLError && origin.extensions.code === undefined && origin.message.startsWith('Argument "');
}
