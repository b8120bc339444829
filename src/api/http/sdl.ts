import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { printVersion } from '../../evolution/versions/print-version.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Answers `GET PATH?sdl` with the view as SDL, to everybody, and leaves all else to another handler. */
export function answerSdl(schema: GraphQLSchema, otherwise: Handler): Handler {
  let sdl: string | undefined;
  return async (request, reply) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads || !Object.hasOwn(request.query as object, 'sdl')) return otherwise(request, reply);
    return reply.type('text/plain; charset=utf-8').send((sdl ??= printVersion(schema)));
  };
}
