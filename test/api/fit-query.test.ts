import { expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { fitQuery } from '../../src/api/http/fit-query.ts';

const schema = buildSchema('type Query { lead(id: ID!): Lead } type Lead { id: ID! source: Source } type Source { key: String }');

test.each([
  ['{ lead(id: 1) { id } }', '{ lead(id: 1) { id } }'],
  ['{ lead(id: 1) { id gone } }', '{\n  lead(id: 1) {\n    id\n  }\n}\n'],
  ['{ lead(id: 1) { id gone { deep { deeper } } source { label } } }', '{\n  lead(id: 1) {\n    id\n  }\n}\n'],
  ['query A { lead(id: 1) { id } gone }', 'query A {\n  lead(id: 1) {\n    id\n  }\n}\n'],
])('%s fits as %p', (query, expected) => {
  expect(fitQuery(schema, query)).toBe(expected);
});

test.each(['{ gone }', '{ lead(id: 1) { source { label } } }', '{ lead(key: "a") { id } gone }', '{ ... on Gone { id } }'])(
  'nothing of %s fits',
  (query) => {
    expect(fitQuery(schema, query)).toBeUndefined();
  },
);
