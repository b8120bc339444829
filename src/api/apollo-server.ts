import { ApolloServer } from '@apollo/server';
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { ApiContext } from './context.ts';
import { createErrorFormatter } from './errors.ts';
import type { Executor } from '../execution/executor.ts';
import { createGateway } from './gateway.ts';
import { limits } from './limits.ts';
import type { Logger } from './logger.ts';
import { operationLimitsRule } from './operation-limits-rule.ts';
import { createUseObservation } from './plugins/observe-use.ts';
import type { UseObservation } from './plugins/observe-use.ts';
import { requirePrincipal } from './plugins/require-principal.ts';
import { trackRequest } from './plugins/track-request.ts';

/**
 * The GraphQL server of one view of the schema. Nothing in it depends on NODE_ENV: the schema is public, stack traces are not.
 */
export function createApolloServer<TContext extends ApiContext>(
  schema: GraphQLSchema,
  {
    execute,
    logger,
    observers,
    onUnknown,
    plugins,
  }: UseObservation & {
    readonly execute: Executor;
    readonly plugins: readonly ApolloServerPlugin<TContext>[];
  },
): ApolloServer<TContext> {
  return new ApolloServer<TContext>({
    gateway: createGateway(schema, execute),
    nodeEnv: 'production',
    introspection: true,
    hideSchemaDetailsFromClientErrors: false,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // Nobody registers a document by sending it: those that clients may name are put in before.
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [operationLimitsRule],
    formatError: createErrorFormatter(logger),
    logger: adaptLogger(logger),
    plugins: [
      trackRequest(observers.length > 0 ? createUseObservation(schema, { observers, onUnknown, logger }) : undefined),
      requirePrincipal(),
      ApolloServerPluginLandingPageLocalDefault({ footer: false }),
      // It wraps every resolver to find out how long an answer may be cached; none may be.
      ApolloServerPluginCacheControlDisabled(),
      ...plugins,
    ],
  });
}

/** Apollo logs whatever it holds, errors included. */
function adaptLogger(logger: Logger) {
  const adapt = (level: keyof Logger) => (message: unknown) => logger[level](String(message));
  return { debug: adapt('debug'), info: adapt('info'), warn: adapt('warn'), error: adapt('error') };
}
