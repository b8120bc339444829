import { afterAll } from '@jest/globals';
import type { GraphQLFieldResolver } from 'graphql';
import { createJsonLogger } from '../../../src/api/logger.ts';
import { createApiServer } from '../../../src/api/server.ts';
import type { ApiServerOptions } from '../../../src/api/server.ts';
import { currentVersion, servedVersions } from '../../../src/evolution/versions/api-versions.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import type { ApiContext, ApiRequest, OperationOutcome } from '../../../src/api/context.ts';
import { createAuthenticator } from '../../../src/tenancy/authentication.ts';
import { issueToken } from '../../../src/tenancy/issue-token.ts';
import { createToySchema, toyLifecycle } from './toy-schema.ts';
import { createTestedExecutor } from '../../harness/tested-executor.ts';

export const toySecret = 'a secret of the toy server, 32 bytes';

export interface ToyServer {
  readonly url: string;
  readonly token: string;
  /** What each context that was made was told at its disposal. */
  readonly disposals: OperationOutcome[][];
  readonly requests: ApiRequest[];
  readonly log: Record<string, unknown>[];
  close(): Promise<void>;
  /** Sends a body to `/graphql` as a reader with a token; headers given here win. */
  post(body: unknown, headers?: Record<string, string>, path?: string): Promise<Response>;
}

export interface ToyServerOptions extends Partial<ApiServerOptions<ApiContext>> {
  readonly resolvers?: Readonly<Record<string, GraphQLFieldResolver<unknown, never>>>;
  readonly dispose?: (outcome: OperationOutcome) => Promise<void>;
}

/** An API over the toy schema, with its versions, on a free port. */
export async function startToyServer({ resolvers, dispose, ...options }: ToyServerOptions = {}): Promise<ToyServer> {
  const schema = createToySchema(resolvers);
  annotateSchema(schema, toyLifecycle);
  const versions = [
    { path: '/graphql', version: currentVersion },
    ...servedVersions.map((version) => ({ path: `/graphql/${version.name}`, version })),
  ];

  const disposals: OperationOutcome[][] = [];
  const requests: ApiRequest[] = [];
  const log: Record<string, unknown>[] = [];
  const server = await createApiServer<ApiContext>({
    host: '127.0.0.1',
    port: 0,
    views: versions.map(({ path, version }) => ({ path, version, schema: viewSchema(schema, version) })),
    logger: createJsonLogger('info', (line) => log.push(JSON.parse(line) as Record<string, unknown>)),
    authenticate: createAuthenticator({ key: { secret: toySecret } }),
    createContext: (principal, request) => {
      requests.push(request);
      const outcomes: OperationOutcome[] = [];
      disposals.push(outcomes);
      return {
        principal,
        dispose: async (outcome) => {
          outcomes.push(outcome);
          await dispose?.(outcome);
        },
      };
    },
    createExecutor: createTestedExecutor,
    ...options,
  });
  const url = await server.listen();
  const token = await issueToken(toySecret, { subject: 'ada', tenant: 'acme', roles: ['reader'], expiresIn: '5m' });
  return {
    url,
    token,
    disposals,
    requests,
    log,
    close: () => server.close(),
    post: (body, headers = {}, path = '/graphql') =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** Gives a function that starts servers, each of which is closed after the tests of the file. */
export function useToyServers(): typeof startToyServer {
  const servers: ToyServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));
  return async (options) => {
    const server = await startToyServer(options);
    servers.push(server);
    return server;
  };
}
