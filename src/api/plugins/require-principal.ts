import type { ApolloServerPlugin } from '@apollo/server';
import { Kind } from 'graphql';
import type { DocumentNode, SelectionSetNode } from 'graphql';
import { UnauthenticatedError } from '../../errors.ts';
import type { ApiContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';

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

/** Of a valid document: its fragments exist and do not contain themselves. */
function selectsOnlyIntrospection(selectionSet: SelectionSetNode, document: DocumentNode): boolean {
  return selectionSet.selections.every((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__');
    if (selection.kind === Kind.INLINE_FRAGMENT) return selectsOnlyIntrospection(selection.selectionSet, document);
    return document.definitions.some(
      (definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION &&
        definition.name.value === selection.name.value &&
        selectsOnlyIntrospection(definition.selectionSet, document),
    );
  });
}
