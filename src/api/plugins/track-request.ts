import type { ApolloServerPlugin } from '@apollo/server';
import type { ApiContext } from '../context.ts';
import { requestState } from '../request-state.ts';

/** Keeps in the request's state what the log and the context's disposal need to know of the operation. */
export function trackRequest(): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart({ request }) {
      const state = requestState.getStore();
      if (state === undefined) return;
      state.operationName = request.operationName ?? null;
      return {
        async didResolveOperation({ operationName }) {
          state.operationName = operationName;
        },
        async didEncounterErrors() {
          state.failed = true;
        },
      };
    },
  };
}
