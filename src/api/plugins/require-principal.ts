import type { ApolloServerPlugin } from '@apollo/server';
import { UnauthenticatedError } from '../../errors.ts';
import type { ApiContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import { selectsOnlyIntrospection } from '../introspection.ts';

/** Refuses every operation of an anonymous request before it executes, unless all it asks for is the schema, which is public. */
export function requirePrincipal(): ApolloServerPlugin<ApiContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation }) {
          if (contextValue.principal !== null || operation === undefined) return;
          if (selectsOnlyIntrospection(operation.selectionSet, document)) return;
          throw refuseRequest(new UnauthenticatedError('This operation needs a token: send the header "Authorization: Bearer TOKEN".'));
        },
      };
    },
  };
}
