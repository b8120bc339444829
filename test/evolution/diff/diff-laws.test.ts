import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildASTSchema, lexicographicSortSchema, parse, printSchema, specifiedRules, validate, validateSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { diffSchemas } from '../../../src/evolution/diff/diff-schemas.ts';
import { randomPair } from './random-schema.ts';

/** Operations in the words of the random schemas: each field alone, with each argument, and beside each other. */
const operations = listOperations();

const schemaPairs = (count: number): fc.Arbitrary<readonly [older: GraphQLSchema, newer: GraphQLSchema]> =>
  randomPair(count)
    .map(([older, newer]) => [build(older), build(newer)] as const)
    .filter((pair) => pair.every((schema) => validateSchema(schema).length === 0));

test('a schema does not differ from itself, nor from its members in another order', () => {
  fc.assert(
    fc.property(schemaPairs(1), ([schema]) => {
      expect(diffSchemas(schema, schema)).toEqual([]);
      expect(diffSchemas(schema, lexicographicSortSchema(schema))).toEqual([]);
    }),
  );
});

test('two schemas differ if and only if their SDL does', () => {
  fc.assert(
    fc.property(schemaPairs(3), ([older, newer]) => {
      expect(diffSchemas(older, newer).length > 0).toBe(print(older) !== print(newer));
    }),
    { numRuns: 200 },
  );
});

test('without a breaking change, every operation that was accepted still is', () => {
  fc.assert(
    fc.property(schemaPairs(2), fc.subarray(operations, { minLength: 40, maxLength: 40 }), ([older, newer], tried) => {
      fc.pre(diffSchemas(older, newer).every(({ severity }) => severity !== 'breaking'));
      const refused = tried.filter((operation) => !accepts(newer, operation) && accepts(older, operation));
      expect(refused).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

function build(sdl: string): GraphQLSchema {
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
}

function print(schema: GraphQLSchema): string {
  return printSchema(lexicographicSortSchema(schema));
}

function accepts(schema: GraphQLSchema, operation: string): boolean {
  return validate(schema, parse(operation), specifiedRules, { maxErrors: 1, hideSuggestions: true }).length === 0;
}

function listOperations(): string[] {
  const values = ['1', 'null', '[1]', '[null]', 'RED', 'GREEN', '{}', '{ p: 1 }', '{ key: 1, p: 1 }', '{ pq: null }'];
  const selections = ['f', 'fg'].flatMap((field) => [
    field,
    `${field} { id }`,
    ...values.flatMap((value) => [`${field}(p: ${value})`, `${field}(pq: ${value})`]),
  ]);
  const variables = ['Int', 'Int!', '[Int]', 'Color', 'Float', 'Filter'].flatMap((type) => ['p', 'pq'].map((name) => [type, name]));
  return [
    ...selections.flatMap((selection) => [`{ ${selection} }`, `{ a { ${selection} } }`, `{ any { ... on B { ${selection} } } }`]),
    ...variables.map(([type, name]) => `query ($v: ${type}) { a { f(${name}: $v) } }`),
    ...['f', 'fg'].map((field) => `{ any { ... on A { ${field} } ... on B { ${field} } } }`),
    ...['A', 'B', 'Any'].map((type) => `{ node { ... on ${type} { __typename } } }`),
    ...['', '(p: 1)', '(pq: 1)', '(pq: {})'].flatMap((args) => [`{ a @live${args} { id } }`, `query @live${args} { a { id } }`]),
    '{ a @live @live { id } }',
    '{ any { ... on A { id } ... on B { id } } }',
  ];
}
