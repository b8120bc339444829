import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse, HeaderMap } from '@apollo/server';
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

/** An operation that was executed, before its answer is sent. */
export interface ObservedUse extends ApiClient {
  readonly used: UsedCoordinates;
  /** Null for an operation without a name. */
  readonly operationName: string | null;
  readonly tenantId: string | null;
  /** Of the answer. */
  readonly headers: HeaderMap;
  readonly result: FormattedExecutionResult;
}

/** Looks at a use, or adds to its answer. What it throws is logged, and harms nobody else. */
export type UseObserver = (use: ObservedUse) => void;

/**
 * Finds once what an operation uses of a view, for all observers. An operation counts when it was executed, also where it failed
 * then; one that was refused does not, nor does one that only asks for the schema.
 */
export function observeUse(schema: GraphQLSchema, observers: readonly UseObserver[], logger: Logger): ApolloServerPlugin<ApiContext> {
  const collect = createCoordinateCollector(schema);
  const observe = (work: () => void) => {
    try {
      work();
    } catch (error) {
      logger.error('What an operation used cannot be followed', {
        requestId: requestState.getStore()?.id,
        error: describeCauses(error),
      });
    }
  };
  const listener = {
    willSendResponse: async (context: GraphQLRequestContextWillSendResponse<ApiContext>) =>
      observe(() => {
        const use = readUse(context, collect);
        if (use !== undefined) for (const observer of observers) observe(() => observer(use));
      }),
  };
  return { requestDidStart: async () => listener };
}

function readUse(
  { request, document, operation, operationName, contextValue, response }: GraphQLRequestContextWillSendResponse<ApiContext>,
  collect: ReturnType<typeof createCoordinateCollector>,
): ObservedUse | undefined {
  // Without `data` nothing was executed: GraphQL specification, "Request Error Result Format".
  if (response.body.kind !== 'single' || response.body.singleResult.data === undefined) return undefined;
  if (document === undefined || operation === undefined) return undefined;
  if (selectsOnlyIntrospection(operation.selectionSet, document)) return undefined;
  return {
    ...readClient((header) => request.http?.headers.get(header)),
    used: collect(document, operationName, request.variables),
    operationName: operationName ?? null,
    tenantId: contextValue.tenantId ?? null,
    headers: response.http.headers,
    result: response.body.singleResult,
  };
}
