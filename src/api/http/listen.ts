import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { OperationError } from '../../errors.ts';

const explanations: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there; set PORT to another one, or to 0 for any free one',
  EACCES: 'this user may not listen on that port; set PORT to one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address; set HOST',
  ENOTFOUND: 'no machine has that name; set HOST',
};

/**
 * Listens, and says where: the URL without a path.
 * @throws OperationError when that address cannot be listened on.
 */
export async function listen(fastify: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await fastify.listen({ host, port, listenTextResolver: () => '' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OperationError(`Cannot listen on ${formatHost(host)}:${port}: ${explanations[code ?? ''] ?? message}`, { cause: error });
  }
  const address = fastify.server.address();
  const realPort = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${formatHost(host)}:${realPort}`;
}

function formatHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
