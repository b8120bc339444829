import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { ApiContext } from '../../src/api/context.ts';
import { createJsonLogger } from '../../src/api/logger.ts';
import { createApiServer } from '../../src/api/server.ts';
import { currentVersion } from '../../src/evolution/versions/api-versions.ts';
import { createToySchema } from './toy/toy-schema.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

describe('closing', () => {
  test('lets a running request finish, takes no new one, and then is quick although clients keep their connections', async () => {
    let release = () => {};
    const held = new Promise<string>((resolve) => (release = () => resolve('done')));
    const server = await startToyServer({ resolvers: { 'Query.wait': () => held } });
    const agent = new Agent({ keepAlive: true });
    const running = send(server, agent, '{ wait(milliseconds: 1) }');
    while (server.disposals.length === 0) await new Promise(setImmediate);

    const closed = server.close();
    const late = await fetch(`${server.url}/healthz`).then(
      ({ status }) => status,
      () => 'refused',
    );
    expect(['refused', 503]).toContain(late);
    const released = performance.now();
    release();
    expect(await read(running)).toContain('done');
    await closed;
    expect(performance.now() - released).toBeLessThan(2_000);
    expect(server.disposals).toEqual([['succeeded']]);
    agent.destroy();
  });

  test('ends the connection of a request that does not finish in time', async () => {
    const server = await startToyServer({ resolvers: { 'Query.wait': () => new Promise(() => {}) }, drainMilliseconds: 50 });
    const running = send(server, new Agent(), '{ wait(milliseconds: 1) }');
    const answer = expect(read(running)).rejects.toThrow(/hang up|ECONNRESET/);
    while (server.disposals.length === 0) await new Promise(setImmediate);
    await server.close();
    await answer;
  });

  test('twice is no mistake', async () => {
    const server = await startToyServer();
    await server.close();
    await server.close();
  });

  test('what never listened is no mistake', async () => {
    const server = await createApiServer<ApiContext>({
      host: '127.0.0.1',
      port: 0,
      views: [{ path: '/graphql', version: currentVersion, schema: createToySchema() }],
      logger: createJsonLogger('silent', () => {}),
      authenticate: async () => null,
      createContext: (principal) => ({ principal }),
    });
    await server.close();
  });
});

function send(server: ToyServer, agent: Agent, query: string): ClientRequest {
  const sent = request(`${server.url}/graphql`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.token}` },
  });
  sent.end(JSON.stringify({ query }));
  return sent;
}

async function read(sent: ClientRequest): Promise<string> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return body;
}
