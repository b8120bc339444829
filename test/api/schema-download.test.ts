import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildClientSchema, buildSchema, getIntrospectionQuery, printSchema } from 'graphql';
import type { GraphQLSchema, IntrospectionQuery } from 'graphql';
import { annotateSchema } from '../../src/evolution/versions/annotate-schema.ts';
import { currentVersion, servedVersions } from '../../src/evolution/versions/api-versions.ts';
import { printVersion } from '../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../src/evolution/versions/view-schema.ts';
import { createToySchema, toyLifecycle } from './toy/toy-schema.ts';
import { startToyServer } from './toy/toy-server.ts';
import type { ToyServer } from './toy/toy-server.ts';

const schema = createToySchema();
annotateSchema(schema, toyLifecycle);
const VIEWS: readonly (readonly [path: string, view: GraphQLSchema])[] = [
  ['/graphql', viewSchema(schema, currentVersion)],
  ...servedVersions.map((version) => [`/graphql/${version.name}`, viewSchema(schema, version)] as const),
];

let server: ToyServer;
beforeAll(async () => {
  server = await startToyServer();
});
afterAll(() => server.close());

describe.each(VIEWS)('%s', (path, view) => {
  test('hands out its SDL, to anybody', async () => {
    for (const query of ['?sdl', '?sdl=', '?sdl=1', '?x=1&sdl', '/?sdl']) {
      const response = await fetch(`${server.url}${path}${query}`, { headers: { accept: 'text/html' } });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await response.text()).toBe(printVersion(view));
    }
  });

  test('says by HEAD how long its SDL is', async () => {
    const response = await fetch(`${server.url}${path}?sdl`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(printVersion(view))));
    expect(await response.text()).toBe('');
  });

  test('shows by introspection all that its SDL has: deprecated arguments, input fields and enum values too', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, directiveIsRepeatable: true });
    const response = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data } = (await response.json()) as { data: IntrospectionQuery };
    const sdl = await (await fetch(`${server.url}${path}?sdl`)).text();
    expect(printVersion(buildClientSchema(data))).toBe(sdl);
    expect(sdl.match(/@deprecated\(/g)?.length ?? 0).toBe(['/graphql', '/graphql/2026-11'].includes(path) ? 5 : 0);
    expect(printSchema(buildSchema(sdl))).toContain('type Lead');
  });
});

test('SDL is read, not posted', async () => {
  const response = await server.post({ query: '{ lead(id: "1") { name } }' }, {}, '/graphql?sdl');
  expect(await response.json()).toEqual({ data: { lead: { name: 'Ada' } } });
  expect((await fetch(`${server.url}/graphql/2025-01?sdl`)).status).toBe(404);
  expect((await fetch(`${server.url}/graphql?sdls`)).status).toBe(400);
});
