import type { FastifyInstance } from 'fastify';
import { describeCauses } from '../logger.ts';
import type { Logger } from '../logger.ts';

/** Resolves to true when requests can be answered, else to why not. */
export type ReadinessCheck = () => Promise<boolean | string>;

/** Serves `/healthz` (the process is up) and `/readyz` (it can answer requests). */
export function serveHealth(fastify: FastifyInstance, isReady: ReadinessCheck, logger: Logger): void {
  fastify.get('/healthz', async () => ({ status: 'up' }));
  fastify.get('/readyz', async (_request, reply) => {
    const answer = await isReady().catch((error: unknown) => {
      logger.warn('The readiness check failed', { error: describeCauses(error) });
      return 'the readiness check failed';
    });
    if (answer === true) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', reason: answer === false ? 'not ready yet' : answer });
  });
}
