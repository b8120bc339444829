import { describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { UsageError } from '../../../src/errors.ts';
import { registerManifest, unregisterManifest } from '../../../src/evolution/usage/manifests.ts';
import { parseManifest } from '../../../src/evolution/usage/parse-manifest.ts';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { useUsageDatabase } from './usage-database.ts';

const database = useUsageDatabase();
const OLD: ApiVersion = { name: '2026-01', month: '2026-01' };
const NEW: ApiVersion = { name: '2026-11', month: '2026-11' };
const schemas = new Map([
  [OLD, buildSchema('type Query { lead: Lead } type Lead { id: ID! industry: String }')],
  [NEW, buildSchema('type Query { lead: Lead } type Lead { id: ID! industryRef: Industry } type Industry { key: String! }')],
]);
const OLD_QUERY = 'query Old { lead { industry } }';
const NEW_QUERY = 'query New { lead { industryRef { key } } }';

const register = (text: string, client = 'web', clientVersion = '1.0') =>
  registerManifest(database.owner.sql, { client, clientVersion, text }, schemas);
const listDocuments = async () =>
  (
    await database.query<{ name: string }>(
      `SELECT concat_ws(' ', client, client_version, document_id, operation) AS name FROM client_document ORDER BY name`,
    )
  ).map(({ name }) => name);

describe('a manifest', () => {
  const DIGEST = '3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed';
  const apollo = (...operations: unknown[]) => ({ format: 'apollo-persisted-query-manifest', version: 1, operations });

  test.each([
    ['of graphql-codegen', { [DIGEST]: OLD_QUERY, [`sha256:${DIGEST}`]: NEW_QUERY }],
    [
      'of Apollo',
      apollo(
        { id: DIGEST, name: 'Old', type: 'query', body: OLD_QUERY },
        { id: `sha256:${DIGEST}`, name: 'New', type: 'query', body: NEW_QUERY },
      ),
    ],
  ])('%s is read', (_, manifest) => {
    const documents = [
      { documentId: DIGEST, body: OLD_QUERY },
      { documentId: `sha256:${DIGEST}`, body: NEW_QUERY },
    ];
    expect(parseManifest(JSON.stringify(manifest))).toEqual(documents);
    expect(parseManifest(`\uFEFF${JSON.stringify(manifest, null, 2)}\n`)).toEqual(documents);
  });

  test.each([
    ['text that is not JSON', '{ "a": ', /^The manifest is not JSON: /],
    ['nothing', '', /^The manifest is not JSON: /],
    ['a list', '[]', 'Expected a JSON object of documents by id'],
    ['null', 'null', 'but got null'],
    ['no documents', '{}', 'The manifest is empty: expected at least one document'],
    ['no operations', apollo(), 'The manifest is empty'],
    ['another format', { format: 'relay', version: 1, operations: [] }, 'format to be "apollo-persisted-query-manifest", but got "relay"'],
    ['no format', { operations: [] }, 'format to be "apollo-persisted-query-manifest", but got nothing'],
    ['another version', { ...apollo(), version: 2 }, 'Expected version 1 of the format "apollo-persisted-query-manifest", but got 2'],
    ['operations that are no list', { ...apollo(), operations: {} }, "Expected the manifest's operations to be a list, but got {}"],
    ['an operation without an id', apollo({ body: OLD_QUERY }), 'Expected operation 1 of the manifest to have an id, but got {"body"'],
    ['an operation without a text', apollo({ id: 'a1', name: 'Old' }), 'Expected the text of the document "a1", but got nothing'],
    ['a text that is none', { a1: 7 }, 'Expected the text of the document "a1", but got 7'],
    ['an empty text', { a1: ' ' }, 'Expected the text of the document "a1", but got " "'],
    ['a text that cannot be stored', { a1: `${OLD_QUERY} # \0` }, 'The document "a1" has a NUL character'],
    ['an empty id', { '': OLD_QUERY }, 'Expected a document\'s id to be 1 to 200 visible ASCII characters, but got ""'],
    ['an id with a blank', { 'a 1': OLD_QUERY }, 'but got "a 1"'],
    ['an id that is too long', { [`a${'1'.repeat(200)}`]: OLD_QUERY }, 'visible ASCII characters, but got "a111'],
    ['an operation twice', apollo({ id: 'a1', body: OLD_QUERY }, { id: 'a1', body: OLD_QUERY }), 'The document "a1" is there twice'],
    [
      'a document twice',
      `{ "a1": ${JSON.stringify('query { lead(x: "a\\"1") }')}, "b1": "b", "\\u00611": "c" }`,
      'The document "a1" is there twice',
    ],
  ])('of %s is refused', (_, manifest, message) => {
    const parse = () => parseManifest(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});

describe('to be registered', () => {
  test.each([
    [
      'that cannot be parsed',
      'query Old { lead {',
      'The document "bad" cannot be parsed: Syntax Error: Expected Name, found <EOF>. (line 1, column 19)',
    ],
    ['without an operation', 'fragment Part on Lead { id }', 'The document "bad" has 0 operations; expected one'],
    ['with two', `${OLD_QUERY} ${NEW_QUERY}`, 'The document "bad" has 2 operations; expected one'],
    [
      'that is valid in no version',
      'query { lead { industry industryRef { key } } }',
      'The document "bad" is valid in no version that is served: ' +
        '2026-01: Cannot query field "industryRef" on type "Lead". Did you mean "industry"? (line 1, column 25) ' +
        '2026-11: Cannot query field "industry" on type "Lead". Did you mean "industryRef"? (line 1, column 16)',
    ],
    ['that nests without end', `query { ${'lead { '.repeat(50_000)}`, 'The document "bad"'],
  ])('a document %s keeps all of the manifest from it', async (_, body, message) => {
    const registering = register(JSON.stringify({ good: OLD_QUERY, bad: body }));
    await expect(registering).rejects.toThrow(UsageError);
    await expect(registering).rejects.toThrow(message);
    expect(await listDocuments()).toEqual([]);
  });

  test('many bad documents are counted', async () => {
    const bad = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`bad${index}`, '{']));
    await expect(register(JSON.stringify(bad))).rejects.toThrow(/"bad0" cannot.*\n(.*\n){9}… and 3 more$/);
  });

  test.each([
    ['', '1', 'Expected the name of a client'],
    ['(others)', '1', 'but got "(others)"'],
    ['w\0b', '1', 'but got "w\\u0000b"'],
    ['web', 'x'.repeat(101), 'Expected the version of a client'],
  ])('a client called %j, version %j, is refused', async (client, version, message) => {
    await expect(register(JSON.stringify({ a: OLD_QUERY }), client, version)).rejects.toThrow(message);
    await expect(unregisterManifest(database.owner.sql, { client, clientVersion: version })).rejects.toThrow(message);
  });
});

test('a version of a client has the documents it registered last, and none once it takes them back', async () => {
  expect(await register(JSON.stringify({ a1: OLD_QUERY, a2: NEW_QUERY }))).toEqual({ documents: 2 });
  expect(await register(JSON.stringify({ a1: OLD_QUERY }), ' web ', '')).toEqual({ documents: 1 });
  expect(await register(JSON.stringify({ a2: NEW_QUERY, a3: '{ lead { id } }' }))).toEqual({ documents: 2 });
  expect(await listDocuments()).toEqual(['web  a1 Old', 'web 1.0 a2 New', 'web 1.0 a3 ']);
  expect(await unregisterManifest(database.owner.sql, { client: 'web', clientVersion: '1.0' })).toEqual({ documents: 2 });
  expect(await unregisterManifest(database.owner.sql, { client: 'web', clientVersion: '1.0' })).toEqual({ documents: 0 });
  expect(await listDocuments()).toEqual(['web  a1 Old']);
});

test('one id may be another text of another client, or of another version', async () => {
  await register(JSON.stringify({ a1: OLD_QUERY }));
  await register(JSON.stringify({ a1: NEW_QUERY }), 'ios');
  await register(JSON.stringify({ a1: NEW_QUERY }), 'web', '1.1');
  expect(await listDocuments()).toEqual(['ios 1.0 a1 New', 'web 1.0 a1 Old', 'web 1.1 a1 New']);
});

test('who registers for one version at the same time is last in its turn', async () => {
  const names = ['One', 'Two', 'Three'];
  await Promise.all(names.map((name) => register(JSON.stringify({ b1: `query ${name} { lead { id } }`, [name]: OLD_QUERY }))));
  const documents = await listDocuments();
  expect(names.map((name) => [`web 1.0 ${name} Old`, `web 1.0 b1 ${name}`])).toContainEqual(documents);
});
