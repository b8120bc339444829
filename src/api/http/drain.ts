import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** What it takes to end a server without cutting off what it does. */
export interface Drain {
  /** The same handler, counted while it runs: also when its client has gone, since what it uses must outlive it. */
  track<Arguments extends unknown[], Result>(
    handle: (...received: Arguments) => Promise<Result>,
  ): (...received: Arguments) => Promise<Result>;
  /** Stops accepting connections and waits for what runs; at the deadline it ends the connections instead. */
  drain(milliseconds: number): Promise<void>;
}

/** To be made before the routes are. */
export function createDrain(fastify: FastifyInstance): Drain {
  const running = new Set<Promise<unknown>>();
  let draining = false;

  // Else the connection would be kept for the client's next request, and the server would wait for that.
  fastify.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close');
  });

  return {
    track:
      (handle) =>
      async (...received) => {
        const result = handle(...received);
        running.add(result);
        try {
          return await result;
        } finally {
          running.delete(result);
        }
      },
    drain: async (milliseconds) => {
      draining = true;
      const closed = Promise.all([fastify.close(), Promise.allSettled(running)]);
      const deadline = new AbortController();
      const expired = delay(milliseconds, 'expired' as const, { signal: deadline.signal }).catch(() => undefined);
      if ((await Promise.race([closed, expired])) === 'expired') fastify.server.closeAllConnections();
      deadline.abort();
    },
  };
}
