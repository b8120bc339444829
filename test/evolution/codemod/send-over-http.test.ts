import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { sendOverHttp } from '../../../src/evolution/codemod/prove/send-over-http.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
}

function send(url: URL) {
  const { signal } = new AbortController();
  const sendTo = sendOverHttp(url, { headers: { authorization: 'Bearer s3cret' }, timeLimit: 10_000, signal });
  return sendTo({ query: '{ a }', operationName: undefined, variables: {} });
}

test('a token goes to no other origin', async () => {
  let asked = 0;
  const other = await serve((_, response) => void (asked++, response.end('{"data":{}}')));
  const url = await serve((_, response) => void response.writeHead(307, { location: other.href }).end());
  await expect(send(url)).rejects.toThrow(`${url.href} redirects to another origin, ${other.origin}: not followed`);
  expect(asked).toBe(0);
});

test('an answer of more than 16 MiB is refused', async () => {
  const url = await serve((_, response) => void response.end(`{"data":{"a":"${'a'.repeat(16 * 1024 * 1024)}"}}`));
  await expect(send(url)).rejects.toThrow(`${url.href} answers with more than 16 MiB: not read`);
});
