import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, graphqlSync, introspectionFromSchema, printSchema } from 'graphql';
import { diffSchemas } from '../../../src/evolution/diff/diff-schemas.ts';
import { loadSchema } from '../../../src/evolution/source/load-schema.ts';
import type { LoadOptions } from '../../../src/evolution/source/load-schema.ts';
import { readGitFile } from '../../../src/evolution/source/read-git-file.ts';
import { servedVersions } from '../../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import { createToySchema } from '../../api/toy/toy-schema.ts';
import { startToyServer } from '../../api/toy/toy-server.ts';
import { runShell } from '../../harness/run-command.ts';

const schemas = new Map(servedVersions.map((version) => [version, viewSchema(createToySchema(), version)]));
const RICH = buildSchema(`
  type Query { a(old: Int @deprecated(reason: "Use b."), b: In): At } "One of." input In @oneOf { a: ID b: ID }
  scalar At @specifiedBy(url: "https://example.com/at") directive @live(every: Int) repeatable on FIELD`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'source-'));
});
afterAll(() => rm(folder, { recursive: true }));

const load = (reference: string, options: Partial<LoadOptions> = {}) =>
  loadSchema(reference, { createSchemas: () => Promise.resolve(schemas), timeLimit: 10_000, ...options });
async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

describe('files', () => {
  test('SDL and the answer to an introspection query give the same schema', async () => {
    const sdl = await load(await write('a.graphql', printSchema(RICH)));
    const options = { oneOf: true, inputValueDeprecation: true, directiveIsRepeatable: true };
    for (const answer of [introspectionFromSchema(RICH, options), { data: introspectionFromSchema(RICH, options) }]) {
      const json = await load(await write('a.json', JSON.stringify(answer)));
      expect(diffSchemas(sdl.schema, json.schema)).toEqual([]);
      expect(json.file).toBeUndefined();
    }
    expect(sdl.file).toBe(join(folder, 'a.graphql'));
  });

  test.each([
    ['a.graphql', 'type Query {\n  a Int\n}', 'line 2, column 5: Syntax Error: Expected ":", found Name "Int".'],
    ['a.graphql', 'type Query {\n  a: Missing\n}', 'Unknown type "Missing".'],
    ['a.graphql', 'type A { a: Int }', 'is not a valid schema:\n- Query root type must be provided.'],
    ['a.json', '{', 'is not JSON: '],
    ['a.json', '{"data":null}', 'is no result of an introspection query: expected { "data": { "__schema": … } }'],
    ['a.json', '{"__schema":{}}', 'is no result of an introspection query: '],
  ])('%s with %j says %s', async (name, text, message) => {
    await expect(load(await write(name, text))).rejects.toThrow(message);
  });

  test('one that is not there, or a folder, is named', async () => {
    await expect(load('nowhere.graphql')).rejects.toThrow('there is no file "nowhere.graphql". Expected a file, a URL, git:REF:PATH, or');
    await expect(load(folder)).rejects.toThrow(`${folder} cannot be read: EISDIR`);
  });
});

test('versions of ours go by name, and an unknown one names those there are', async () => {
  expect((await load('current')).schema).toBe((await load('2026-11')).schema);
  expect((await load('next')).schema.getType('LeadFilter')).toBeDefined();
  await expect(load('2027-01')).rejects.toThrow('there is no version 2027-01: expected one of current, 2026-01, 2026-11, next');
});

describe('git', () => {
  const git = (...lines: string[]) => runShell(lines.join(' && '), { cwd: join(folder, 'repository') });
  const here = process.cwd();
  beforeAll(async () => {
    await mkdir(join(folder, 'repository'));
    const commit = 'git -c user.name=a -c user.email=a@b commit -qam';
    const made = await git(
      'git init -q -b main',
      "mkdir 'a folder'",
      "echo 'type Query { a: Int }' | tee s.graphql > 'a folder/s.graphql'",
      'git add .',
      `${commit} one`,
      'git tag -- v1',
      "echo 'type Query { b: Int }' > s.graphql",
      `${commit} two`,
      "echo 'type Query { c: Int }' > s.graphql",
    );
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    process.chdir(join(folder, 'repository'));
  });
  afterAll(() => process.chdir(here));

  test.each([
    ['git:v1:s.graphql', 'a'],
    ['git:HEAD~1:./s.graphql', 'a'],
    ['git:v1:a folder/s.graphql', 'a'],
    ['git:main:s.graphql', 'b'],
  ])('%s is the file as that commit has it', async (reference, field) => {
    const { schema, file } = await load(reference);
    expect(Object.keys(schema.getQueryType()!.getFields())).toEqual([field]);
    expect(file).toBe(reference.split(':')[2]);
  });

  test.each([
    ['git:v2:s.graphql', 'git knows no commit "v2" here'],
    ['git:--version:s.graphql', 'git knows no commit "--version" here'],
    ['git:$(id):s.graphql', 'git knows no commit "$(id)" here'],
    ['git:v1:nowhere.graphql', 'there is no file "nowhere.graphql" in "v1"'],
    ['git:v1:a folder', 'there is no file "a folder" in "v1"'],
    ['git:v1', 'expected git:REF:PATH, such as git:origin/main:schema.graphql, got "git:v1"'],
  ])('%s is refused', async (reference, message) => {
    await expect(load(reference)).rejects.toThrow(message);
  });

  test('outside a repository it says so', async () => {
    process.chdir(folder);
    await expect(readGitFile('HEAD', 's.graphql').finally(() => process.chdir(join(folder, 'repository')))).rejects.toThrow(
      'git cannot look up "HEAD": fatal: not a git repository',
    );
  });
});

describe('URLs', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  }
  async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }
  const json =
    (value: unknown, status = 200): RequestListener =>
    (request, response) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(request.method === 'GET' ? '{}' : JSON.stringify(value));

  test('the SDL of each version of ours needs no token', async () => {
    const toy = await startToyServer();
    try {
      const { schema, file } = await load(`${toy.url}/graphql/2026-11`);
      expect(schema.getType('Industry')).toBeDefined();
      expect(file).toBeUndefined();
      expect((await load(`${toy.url}/graphql/2026-01?x=1`)).schema.getType('Industry')).toBeUndefined();
      expect(toy.disposals).toEqual([]);
      await expect(load(`${toy.url}/nothing`)).rejects.toThrow(/refused to be introspected|is no GraphQL endpoint: it answered 404/);
    } finally {
      await toy.close();
    }
  });

  test.each([undefined, 'isOneOf', 'includeDeprecated'])(
    'a server without SDL is introspected, with the headers, for all that it knows; one without %s too',
    async (unknown) => {
      const url = await serve((request, response) => {
        void readBody(request).then((body) => {
          if (request.headers.authorization !== 'Bearer t') return response.writeHead(401).end('{}');
          if (request.method === 'GET') return response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
          const { query } = JSON.parse(body) as { query: string };
          if (unknown !== undefined && query.replaceAll('fields(includeDeprecated', '').includes(unknown) && query.includes('isOneOf'))
            return response.writeHead(400).end(JSON.stringify({ errors: [{ message: `Cannot query field "${unknown}"` }] }));
          return response.end(JSON.stringify(graphqlSync({ schema: RICH, source: query })));
        });
      });
      const { schema } = await load(url, { headers: { authorization: 'Bearer t' } });
      const kinds = diffSchemas(RICH, schema).map(({ kind }) => kind);
      expect(kinds).toEqual(unknown === undefined ? [] : ['ONE_OF_REMOVED']);
    },
  );

  test.each<[string, RequestListener, string]>([
    ['a page', (_, response) => void response.end('<html>'), 'is no GraphQL endpoint: it answered 200 OK with "<html>"'],
    ['404', (_, response) => void response.writeHead(404).end('not here'), 'is no GraphQL endpoint: it answered 404 Not Found'],
    ['JSON of another kind', json([1]), 'is no GraphQL endpoint: it answered 200 OK with "[1]"'],
    ['a refusal', json({ errors: [{ message: 'introspection is off' }] }, 400), 'refused to be introspected: introspection is off'],
    ['data of another kind', json({ data: { a: 1 } }), 'is no result of an introspection query'],
    ['nothing', () => undefined, 'did not answer within 0.3 s'],
    ['a closed connection', (request) => void request.socket.destroy(), 'cannot be reached: '],
  ])('%s is no schema', async (_, listener, message) => {
    await expect(load(await serve(listener), { timeLimit: 300 })).rejects.toThrow(message);
  });

  const SDL_TYPE = { 'content-type': 'text/plain' };
  const redirect =
    (status: number, location: string): RequestListener =>
    (_, response) =>
      void response.writeHead(status, { location }).end();

  test('a redirect within the origin is followed, with the headers', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      if (request.url!.startsWith('/graphql')) return redirect(301, '/moved')(request, response);
      if (request.method === 'GET') return void response.writeHead(404).end();
      return void readBody(request).then((body) =>
        response.end(JSON.stringify(graphqlSync({ schema: RICH, source: (JSON.parse(body) as { query: string }).query }))),
      );
    });
    const { schema } = await load(url, { headers: { authorization: 'Bearer t' } });
    expect(diffSchemas(RICH, schema)).toEqual([]);
    expect(seen).toEqual(['GET /graphql?sdl Bearer t', 'GET /moved Bearer t', 'POST /graphql Bearer t', 'POST /moved Bearer t']);
  });

  test.each([301, 302, 303, 307, 308])('a redirect to another origin, by %d, is refused, and nothing is sent there', async (status) => {
    let asked = 0;
    const other = await serve((_, response) => void (asked++, response.writeHead(200, SDL_TYPE).end(printSchema(RICH))));
    const url = await serve(redirect(status, other));
    const failure = await load(url, { headers: { authorization: 'Bearer s3cret' } }).catch((error: Error) => error.message);
    expect(failure).toBe(`${url} redirects to another origin, ${new URL(other).origin}: not followed. Give the URL that it leads to`);
    expect(asked).toBe(0);
  });

  test('a page elsewhere in answer to a browser does not keep it from being introspected', async () => {
    const url = await serve((request, response) => {
      if (request.method === 'GET') return redirect(302, 'http://127.0.0.1:1/sandbox')(request, response);
      return json({ data: introspectionFromSchema(RICH) })(request, response);
    });
    expect((await load(url)).schema.getType('In')).toBeDefined();
  });

  test.each([
    ['to itself', '/graphql', 'redirects more than 5 times'],
    ['to no address', 'http://', 'redirects to "http://": not followed'],
  ])('a redirect %s is refused', async (_, location, message) => {
    await expect(load(await serve(redirect(302, location)))).rejects.toThrow(message);
  });

  test('of an answer of more than 16 MiB no more is read, compressed or not', async () => {
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024, ' '));
    const compressed = await serve((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    await expect(load(compressed)).rejects.toThrow(`${compressed} answers with more than 16 MiB: not read`);

    const closed = Promise.withResolvers<void>();
    const endless = await serve((request, response) => {
      if (request.method === 'GET') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      response.on('close', closed.resolve);
      const write = () => void (response.destroyed || response.write(Buffer.alloc(64 * 1024, ' '), write));
      return write();
    });
    await expect(load(endless)).rejects.toThrow(`${endless} answers with more than 16 MiB: not read`);
    await closed.promise;
  });

  test('SDL of just under 16 MiB is read', async () => {
    const sdl = printSchema(RICH);
    const padded = sdl + '#'.repeat(16 * 1024 * 1024 - Buffer.byteLength(sdl));
    const url = await serve((_, response) => void response.writeHead(200, SDL_TYPE).end(padded));
    expect(diffSchemas(RICH, (await load(url)).schema)).toEqual([]);
  });

  test('a password in it is refused, and not repeated', async () => {
    const failure = await load('https://ada:s3cret@example.com/graphql').catch((error: Error) => error.message);
    expect(failure).toContain("--header 'authorization: …' for example.com");
    expect(failure).not.toContain('s3cret');
  });

  test('nobody listening is told with the reason', async () => {
    const url = await serve(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    await expect(load(url)).rejects.toThrow('cannot be reached: connect ECONNREFUSED');
  });
});
