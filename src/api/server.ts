import type { ApolloServer, ApolloServerPlugin } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { executors } from '../execution/executors.ts';
import type { Executor } from '../execution/executor.ts';
import type { UsageRecorder } from '../evolution/usage/usage-recorder.ts';
import type { ApiVersion } from '../evolution/versions/api-versions.ts';
import { createApolloServer } from './apollo-server.ts';
import type { ApiContext } from './context.ts';
import { createGraphqlHandler } from './http/graphql-handler.ts';
import type { GraphqlHandlerOptions } from './http/graphql-handler.ts';
import { listen } from './http/listen.ts';
import { createDrain } from './http/drain.ts';
import { serveGraphiql } from './http/graphiql.ts';
import type { GraphiqlOptions } from './http/graphiql-page.ts';
import { serveHealth } from './http/health.ts';
import type { ReadinessCheck } from './http/health.ts';
import { answerHttpErrors } from './http/http-errors.ts';
import { createHttpServer } from './http/http-server.ts';
import { serveMetrics } from './http/metrics.ts';
import type { MetricsSource } from './http/metrics.ts';
import { answerSdl } from './http/sdl.ts';
import { announceSunset } from './http/sunset.ts';
import type { Logger } from './logger.ts';
import { recordUsage } from './plugins/record-usage.ts';
import { tellDeprecations } from './plugins/tell-deprecations.ts';

/** A schema and where it is served. */
export interface ApiView {
  /** `/graphql` for whichever version is the current one, `/graphql/2026-11` for that version. */
  readonly path: string;
  /** The API version it is a view of. */
  readonly version: ApiVersion;
  readonly schema: GraphQLSchema;
  /** The day, `YYYY-MM-DD` in UTC, from which the version is served no more. Absent: none is announced. */
  readonly ends?: string | undefined;
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
  /** Makes what carries out the operations of a view; plans them once by default. */
  readonly createExecutor?: (schema: GraphQLSchema) => Executor;
  readonly isReady?: ReadinessCheck;
  /** What `/metrics` tells beside the process and its HTTP requests. */
  readonly metrics?: readonly MetricsSource[];
  /** Records what operations use, and knows the documents that clients registered. Absent: neither is done, and every client is told. */
  readonly usage?: Pick<UsageRecorder, 'record' | 'recordLost' | 'tellsDeprecations' | 'findDocument'>;
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
    usage,
    graphiql,
    plugins = [],
    createExecutor = executors.compiled,
    drainMilliseconds = 10_000,
  } = options;
  const fastify = createHttpServer();
  const { track, drain } = createDrain(fastify);
  serveMetrics(fastify, new Map(views.map(({ path, version }) => [path, version.name])), metrics, logger);

  const tells = (client: string) => usage?.tellsDeprecations(client) ?? true;
  const apollos = await Promise.all(views.map((view) => startView(view)));
  views.forEach((view, index) => {
    const { path, version, schema } = view;
    const handle = createGraphqlHandler<TContext>({
      apollo: apollos[index]!,
      version: version.name,
      authenticate,
      createContext,
      findDocument: usage?.findDocument,
    });
    // The current version's end is not the end of `/graphql`.
    const onRequest = isPinned(view) ? announceSunset(view, tells) : undefined;
    fastify.all(path, { ...(onRequest && { onRequest }) }, track(answerSdl(schema, handle)));
  });
  if (graphiql !== undefined) serveGraphiql(fastify, views, graphiql);
  serveHealth(fastify, isReady, logger);
  answerHttpErrors(fastify, [...new Set(views.map(({ version }) => version.name))].sort(), logger);

  return {
    listen: () => listen(fastify, host, port),
    close: async () => {
      await drain(drainMilliseconds);
      await Promise.all(apollos.map((apollo) => apollo.stop()));
    },
  };

  async function startView(view: ApiView): Promise<ApolloServer<TContext>> {
    const observers = [usage && recordUsage(view.version.name, isPinned(view), usage), tellDeprecations(view, tells)].filter(
      (each) => each !== undefined,
    );
    const onUnknown = usage && (() => usage.recordLost());
    const apollo = createApolloServer<TContext>(view.schema, {
      execute: createExecutor(view.schema),
      logger,
      observers,
      onUnknown,
      plugins,
    });
    await apollo.start();
    return apollo;
  }
}

/** Whether the path is the version's own: it stays with it when another one becomes the current one. */
function isPinned({ path, version }: ApiView): boolean {
  return path.endsWith(`/${version.name}`);
}
