import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { fastify as createFastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { refuseHttpRequest } from './http-errors.ts';

const REQUEST_ID_HEADER = 'x-request-id';
const REQUEST_ID_PATTERN = /^[A-Za-z0-9._:/+=-]{1,128}$/;
const RECEIVE_MILLISECONDS = 30_000;

/** An HTTP server without routes: every response carries a request id and is not to be cached, every body has a limit in size and time. */
export function createHttpServer(): FastifyInstance {
  const fastify = createFastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: RECEIVE_MILLISECONDS,
    genReqId: readRequestId,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1000 },
    frameworkErrors: (error, request, reply) => {
      void refuseHttpRequest(reply.header(REQUEST_ID_HEADER, request.id), error);
    },
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header(REQUEST_ID_HEADER, request.id).header('cache-control', 'no-store');
  });
  // A body of another type is read as it is: Apollo says what is wrong with it, and a forged cross-site request looks like that.
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return fastify;
}

/** The client's own id if it is one that can be logged and repeated safely, else a new one. */
function readRequestId({ headers }: IncomingMessage): string {
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && REQUEST_ID_PATTERN.test(id) ? id : randomUUID();
}
