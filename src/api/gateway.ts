import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Executor } from '../execution/executor.ts';

/** Has Apollo Server hand operations to an executor of ours: what it calls a gateway is the one way that still reports errors as usual. */
export function createGateway(schema: GraphQLSchema, execute: Executor): ApolloServerOptionsWithGateway<BaseContext>['gateway'] {
  return {
    load: async () => ({
      executor: async ({ document, operation, request: { operationName, variables }, context }) =>
        // Apollo's type of an answer has extensions only of unknown values, which is what they are.
        execute({ document, operation, operationName, contextValue: context, variableValues: variables }) as never,
    }),
    onSchemaLoadOrUpdate: (tell) => {
      tell({ apiSchema: schema, coreSupergraphSdl: '' });
      return () => undefined;
    },
    stop: () => Promise.resolve(),
  };
}
