import { HeaderMap } from '@apollo/server';
import type { ApolloServer, HTTPGraphQLRequest, HTTPGraphQLResponse } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApplicationError, UnauthenticatedError } from '../../errors.ts';
import type { DocumentFinder } from '../../evolution/usage/persisted-documents.ts';
import type { Authenticator } from '../../tenancy/authentication.ts';
import type { Principal } from '../../tenancy/principal.ts';
import type { ApiContext, ApiRequest, OperationOutcome } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import { requestState } from '../request-state.ts';
import type { RequestState } from '../request-state.ts';
import { resolveDocument } from './persisted-document.ts';

/** What it takes to answer the GraphQL requests of one view. */
export interface GraphqlHandlerOptions<TContext extends ApiContext> {
  readonly apollo: ApolloServer<TContext>;
  readonly version: string;
  readonly authenticate: Authenticator;
  readonly createContext: (principal: Principal | null, request: ApiRequest) => TContext | Promise<TContext>;
  /** Absent: no request can name a document instead of sending it. */
  readonly findDocument?: DocumentFinder | undefined;
}

/** Answers one GraphQL request, and disposes of its context before the answer is sent. */
export function createGraphqlHandler<TContext extends ApiContext>(options: GraphqlHandlerOptions<TContext>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const state: RequestState = { id: request.id, operationName: null, failed: false };
    const { status, headers, body } = await requestState.run(state, () => executeRequest(options, request, state));
    if (body.kind !== 'complete') throw new TypeError('The schema has no @defer and no @stream, yet a response comes in parts');
    return reply
      .code(status ?? 200)
      .headers(Object.fromEntries(headers))
      .send(body.string);
  };
}

async function executeRequest<TContext extends ApiContext>(
  { apollo, version, authenticate, createContext, findDocument }: GraphqlHandlerOptions<TContext>,
  request: FastifyRequest,
  state: RequestState,
): Promise<HTTPGraphQLResponse> {
  let context: TContext | undefined;
  let outcome: OperationOutcome = 'failed';
  const httpGraphQLRequest = readGraphqlRequest(request);
  try {
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest,
      context: async () => {
        context = await refuseApplicationErrors(async () => {
          const principal = await authenticate(request.headers.authorization);
          // Apollo reads the parameters once it has the context.
          if (findDocument) await resolveDocument(httpGraphQLRequest, principal === null ? refuseAnonymous : findDocument);
          return createContext(principal, { id: request.id, version, headers: request.headers });
        });
        return context;
      },
    });
    if (!state.failed && (response.status ?? 200) < 400) outcome = 'succeeded';
    return response;
  } finally {
    await context?.dispose?.(outcome);
  }
}

/** Looking for a document takes a statement, and nobody makes the database work. */
async function refuseAnonymous(): Promise<never> {
  throw refuseRequest(new UnauthenticatedError('A registered document needs a token: send the header "Authorization: Bearer TOKEN".'));
}

async function refuseApplicationErrors<T>(create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ApplicationError)) throw error;
    // RFC 6750, section 3.1: a request that came with credentials is told what is wrong with them.
    throw refuseRequest(error, 'Bearer error="invalid_token"');
  }
}

function readGraphqlRequest({ method, headers, url, body }: FastifyRequest): HTTPGraphQLRequest {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  const start = url.indexOf('?');
  return { method, headers: map, search: start === -1 ? '' : url.slice(start), body };
}
