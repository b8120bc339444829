import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { createApolloServer } from './apollo-server.ts';
import type { ApiContext } from './context.ts';
import { createGraphqlHandler } from './http/graphql-handler.ts';
import type { GraphqlHandlerOptions } from './http/graphql-handler.ts';
import { listen } from './http/listen.ts';
import { createDrain } from './http/drain.ts';
import { serveGraphiql } from './http/graphiql.ts';
import type { GraphiqlOptions } from './http/graphiql.ts';
import { serveHealth } from './http/health.ts';
import type { ReadinessCheck } from './http/health.ts';
import { answerHttpErrors } from './http/http-errors.ts';
import { createHttpServer } from './http/http-server.ts';
import { serveMetrics } from './http/metrics.ts';
import type { MetricsSource } from './http/metrics.ts';
import type { Logger } from './logger.ts';

/** A schema and where it is served. */
export interface ApiView {
  readonly path: string;
  /** The API version it is a view of: `2026-11`. */
  readonly version: string;
  readonly schema: GraphQLSchema;
}

export interface ApiServerOptions<TContext extends ApiContext> extends Pick<
  GraphqlHandlerOptions<TContext>,
  'authenticate' | 'createContext'
> {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly views: readonly ApiView[];
  readonly logger: Logger;
  readonly isReady?: ReadinessCheck;
  /** What `/metrics` tells beside the process and its HTTP requests. */
  readonly metrics?: readonly MetricsSource[];
  /** Absent: no `/graphiql`. */
  readonly graphiql?: GraphiqlOptions;
  /** Apollo plugins that every view gets, after the API's own. */
  readonly plugins?: readonly ApolloServerPlugin<TContext>[];
  /** How long `close` waits for running requests; 10 s by default. */
  readonly drainMilliseconds?: number;
}

export interface ApiServer {
  /**
   * Starts to serve.
   * @returns the real URL without a path, `http://127.0.0.1:4000`.
   * @throws OperationError when the address cannot be listened on.
   */
  listen(): Promise<string>;
  /** Takes no more requests, waits for those that run, up to a limit, then ends what connections there still are. */
  close(): Promise<void>;
}

/** The HTTP server of the API. It knows nothing of what its schemas are about. */
export async function createApiServer<TContext extends ApiContext>(options: ApiServerOptions<TContext>): Promise<ApiServer> {
  const {
    host,
    port,
    views,
    logger,
    authenticate,
    createContext,
    isReady = async () => true,
    metrics = [],
    graphiql,
    plugins = [],
    drainMilliseconds = 10_000,
  } = options;
  const fastify = createHttpServer();
  const { track, drain } = createDrain(fastify);
  serveMetrics(fastify, new Map(views.map(({ path, version }) => [path, version])), metrics, logger);

  const apollos = views.map(({ schema }) => createApolloServer<TContext>(schema, { logger, plugins }));
  await Promise.all(apollos.map((apollo) => apollo.start()));
  views.forEach(({ path, version }, index) =>
    fastify.all(path, track(createGraphqlHandler<TContext>({ apollo: apollos[index]!, version, authenticate, createContext }))),
  );
  if (graphiql !== undefined) serveGraphiql(fastify, graphiql);
  serveHealth(fastify, isReady, logger);
  answerHttpErrors(fastify, [...new Set(views.map(({ version }) => version))].sort(), logger);

  return {
    listen: () => listen(fastify, host, port),
    close: async () => {
      await drain(drainMilliseconds);
      await Promise.all(apollos.map((apollo) => apollo.stop()));
    },
  };
}
