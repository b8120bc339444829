import type { GraphQLRequestContextWillSendResponse, HeaderMap } from '@apollo/server';
import type { FormattedExecutionResult, GraphQLSchema } from 'graphql';
import { createCoordinateCollector } from '../../evolution/usage/collect-coordinates.ts';
import type { UsedCoordinates } from '../../evolution/usage/collect-coordinates.ts';
import { readClient } from '../client.ts';
import type { ApiClient } from '../client.ts';
import type { ApiContext } from '../context.ts';
import { selectsOnlyIntrospection } from '../introspection.ts';
import { describeCauses } from '../logger.ts';
import type { Logger } from '../logger.ts';
import { requestState } from '../request-state.ts';

/** An operation that a client has a right to send, before its answer is sent. */
export interface ObservedUse extends ApiClient {
  readonly used: UsedCoordinates;
  /** Null for an operation without a name. */
  readonly operationName: string | null;
  readonly tenantId: string | null;
  /** Whether it was executed: it was not where its variables or the HTTP method were refused. */
  readonly executed: boolean;
  /** Of the answer. */
  readonly headers: HeaderMap;
  readonly result: FormattedExecutionResult;
}

/** Looks at a use, or adds to its answer. What it throws is logged, and harms nobody else. */
export type UseObserver = (use: ObservedUse) => void;

/** Looks at a response before it is sent. */
export type ObserveResponse = (context: GraphQLRequestContextWillSendResponse<ApiContext>) => void;

/** Who looks at uses. */
export interface UseObservation {
  readonly observers: readonly UseObserver[];
  /** Called for an operation of which it failed to find out what it used; no observer hears of it. */
  readonly onUnknown?: (() => void) | undefined;
  readonly logger: Logger;
}

/**
 * Makes what finds once, for all observers, what an operation uses of a view. An operation counts when it is valid and its sender is
 * known, also where it failed, or was refused for its variables: the client says what it says. One that only asks for the schema does
 * not count. Never throws.
 */
export function createUseObservation(schema: GraphQLSchema, { observers, onUnknown, logger }: UseObservation): ObserveResponse {
  const collect = createCoordinateCollector(schema);
  const report = (error: unknown) =>
    logger.error('What an operation used cannot be followed', {
      requestId: requestState.getStore()?.id,
      error: describeCauses(error),
    });
  const find = (context: GraphQLRequestContextWillSendResponse<ApiContext>) => {
    try {
      return readUse(context, collect);
    } catch (error) {
      onUnknown?.();
      report(error);
      return undefined;
    }
  };
  return (context) => {
    const use = find(context);
    if (use === undefined) return;
    for (const observe of observers)
      try {
        observe(use);
      } catch (error) {
        report(error);
      }
  };
}

function readUse(
  { request, document, operation, operationName, contextValue, response }: GraphQLRequestContextWillSendResponse<ApiContext>,
  collect: ReturnType<typeof createCoordinateCollector>,
): ObservedUse | undefined {
  // Apollo resolves the operation of a document that is valid.
  if (document === undefined || operation === undefined || contextValue.principal === null) return undefined;
  if (response.body.kind !== 'single' || selectsOnlyIntrospection(operation.selectionSet, document)) return undefined;
  const { client, clientVersion } = readClient((header) => request.http?.headers.get(header));
  return {
    client,
    clientVersion,
    used: collect(document, operationName, request.variables),
    operationName: operationName ?? null,
    tenantId: contextValue.tenantId ?? null,
    // Without `data` nothing was executed: GraphQL specification, "Request Error Result Format".
    executed: response.body.singleResult.data !== undefined,
    headers: response.http.headers,
    result: response.body.singleResult,
  };
}
