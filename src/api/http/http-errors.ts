import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import { maskError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Logger } from '../logger.ts';

/** Answers what never became a GraphQL request in the shape that GraphQL clients read: `{ errors: [{ message, extensions }] }`. */
export function answerHttpErrors(fastify: FastifyInstance, versions: readonly string[], logger: Logger): void {
  fastify.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 400 || status >= 500) return sendError(reply, 500, maskError(logger, error, { requestId: request.id }));
    return refuseHttpRequest(reply, error);
  });
  fastify.setNotFoundHandler((request, reply) =>
    sendError(reply, 404, {
      message: `Nothing is served for ${request.method} ${request.url.slice(0, 200)}.`,
      extensions: { code: 'NOT_FOUND' },
    }),
  );
  fastify.all<{ Params: { version: string } }>('/graphql/:version', (request, reply) =>
    sendError(reply, 404, {
      message: `There is no API version "${request.params.version.slice(0, 100)}"; there are ${versions.join(', ')}.`,
      extensions: { code: 'NOT_FOUND', versions },
    }),
  );
}

/** Answers a request whose HTTP is wrong with the reason. */
export function refuseHttpRequest(reply: FastifyReply, error: FastifyError): FastifyReply {
  const status = error.statusCode ?? 400;
  if (status !== 413) return sendError(reply, status, { message: error.message, extensions: { code: ApolloServerErrorCode.BAD_REQUEST } });
  return sendError(reply, status, {
    message: `The request's body is larger than ${limits.bodyBytes} bytes.`,
    extensions: { code: 'LIMIT_EXCEEDED', limit: 'bodyBytes', maximum: limits.bodyBytes },
  });
}

function sendError(reply: FastifyReply, status: number, error: GraphQLFormattedError): FastifyReply {
  return reply.code(status).send({ errors: [error] });
}
