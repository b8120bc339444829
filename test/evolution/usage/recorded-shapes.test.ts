import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { createJsonLogger } from '../../../src/api/logger.ts';
import { type ApiServer, createApiServer } from '../../../src/api/server.ts';
import { currentVersion } from '../../../src/evolution/versions/api-versions.ts';
import type { UsageRecorder } from '../../../src/evolution/usage/usage-recorder.ts';
import { operationShapes } from './operation-shapes.table.ts';
import type { OperationShape } from './operation-shape.ts';
import { shapesSdl } from './shapes-schema.ts';
import { useUsageDatabase } from './usage-database.ts';

/** What other collectors of coordinates get wrong, and the row that shows that this one does not. */
const GAPS: Readonly<Record<string, string>> = {
  'every input field of a type that a variable has': 'gap: of an input object, only what was sent',
  'fields of an interface, without those of its possible types': 'gap: an interface, its field and that of every type it can be',
  'every operation of a document': 'gap: only the operation that is executed, of several',
  'arguments, without those that take their default': 'gap: an argument that is left to its default',
};

const listWords = (text = '') => [...new Set(text.split(/\s+/).filter(Boolean))].sort();
/** An operation that can be executed, and asks for more than the schema itself. */
const isRecorded = ({ name, explicit }: OperationShape) => explicit !== '' && name !== INTROSPECTION;
const INTROSPECTION = 'introspection, with a fragment, a variable and a directive in it';

test('the table has at least 40 shapes, each under a name of its own, and a row for each known gap', () => {
  const names = operationShapes.map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(40);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.startsWith('gap: ')).sort()).toEqual(Object.values(GAPS).sort());
  expect(names).toContain(INTROSPECTION);
  expect(operationShapes.filter(isRecorded).length).toBeGreaterThanOrEqual(40);
});

describe('a shape that is sent over HTTP is stored with just what it uses', () => {
  const database = useUsageDatabase();
  let recorder: UsageRecorder;
  let server: ApiServer;
  let url: string;
  const stored = new Map<string, { coordinates: string[]; defaulted: string[] }>();

  beforeAll(async () => {
    recorder = await database.startRecorder();
    server = await createApiServer({
      host: '127.0.0.1',
      port: 0,
      views: [{ path: '/graphql', version: currentVersion, schema: buildSchema(shapesSdl) }],
      logger: createJsonLogger('silent', () => undefined),
      authenticate: async () => ({ subject: 'ada', tenant: 'acme', roles: new Set(['reader'] as const) }),
      createContext: (principal) => ({ principal }),
      usage: recorder,
    });
    url = await server.listen();
    for (const shape of operationShapes) await send(shape);
    await recorder.flush();
    const rows = await database.query<{ client: string; coordinates: string[]; defaulted: string[] }>(
      'SELECT client, coordinates, defaulted FROM usage_hour JOIN usage_shape ON id = shape_id',
    );
    for (const { client, ...used } of rows) {
      // One request is one row.
      expect(stored.has(client)).toBe(false);
      stored.set(client, used);
    }
  });
  afterAll(() => server.close());

  async function send(shape: OperationShape): Promise<void> {
    const { document: query, operationName, variables } = shape;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'apollographql-client-name': nameClient(shape) },
      body: JSON.stringify({ query, operationName, variables }),
    });
    await response.arrayBuffer();
  }

  function nameClient(shape: OperationShape): string {
    return `shape ${operationShapes.indexOf(shape)}`;
  }

  test.each(operationShapes.filter(isRecorded))('$name', (shape) => {
    const explicit = listWords(shape.explicit);
    expect(stored.get(nameClient(shape))).toEqual({
      coordinates: explicit,
      defaulted: listWords(shape.defaulted).filter((coordinate) => !explicit.includes(coordinate)),
    });
  });

  test.each(operationShapes.filter((shape) => !isRecorded(shape)))('nothing: $name', (shape) => {
    expect(stored.has(nameClient(shape))).toBe(false);
  });
});
