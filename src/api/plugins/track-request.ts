import type { ApolloServerPlugin } from '@apollo/server';
import type { ApiContext } from '../context.ts';
import { requestState } from '../request-state.ts';
import type { ObserveResponse } from './observe-use.ts';

/**
 * Follows a request: keeps in its state what the log and the context's disposal need to know of the operation, and shows its answer
 * to `observe`. One plugin for both: Apollo waits for every plugin at every step of every request.
 */
export function trackRequest(observe?: ObserveResponse): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart({ request }) {
      const state = requestState.getStore();
      if (state !== undefined) state.operationName = request.operationName ?? null;
      return {
        async didResolveOperation({ operationName }) {
          if (state !== undefined) state.operationName = operationName;
        },
        async didEncounterErrors() {
          if (state !== undefined) state.failed = true;
        },
        ...(observe && { willSendResponse: async (context) => observe(context) }),
      };
    },
  };
}
