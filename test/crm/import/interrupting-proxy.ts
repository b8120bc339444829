import { createConnection, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A way to a database that stops at a chosen moment. */
export interface InterruptingProxy {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Passes connections on to the server of `url`. Once a client has sent `bytes`, nothing more is passed on until
 * `interrupt` is done, which may cut the client's connection.
 */
export async function startInterruptingProxy(
  url: string,
  bytes: number,
  interrupt: (client: Socket) => Promise<void> | void,
): Promise<InterruptingProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (client.destroy(), upstream.destroy()));
    }
    upstream.pipe(client);
    void forward(client, upstream, bytes, interrupt);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxied = new URL(url);
  proxied.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: proxied.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(
  client: Socket,
  upstream: Socket,
  bytes: number,
  interrupt: (client: Socket) => Promise<void> | void,
): Promise<void> {
  let sent = 0;
  try {
    for await (const chunk of client as AsyncIterable<Buffer>) {
      upstream.write(chunk);
      const crossed = sent < bytes && sent + chunk.length >= bytes;
      sent += chunk.length;
      if (crossed) await interrupt(client);
    }
  } catch {
    // A connection that is cut ends here.
  }
}
