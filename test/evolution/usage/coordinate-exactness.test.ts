import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Kind, buildSchema, parse, print, printSchema, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createVersionSchemas } from '../../../src/app.ts';
import { createCoordinateCollector } from '../../../src/evolution/usage/collect-coordinates.ts';
import { listDynamicReads, listDynamicWrites } from '../../compatibility/dynamic-operations.ts';
import { legacyReads } from '../../compatibility/legacy-reads.ts';
import { legacyWrites } from '../../compatibility/legacy-writes.ts';
import { createExactnessCheck } from './find-inexactness.ts';
import type { Operation } from './find-inexactness.ts';
import { generateOperation } from './generate-operation.ts';
import { shapesSdl } from './shapes-schema.ts';

test('what any valid query uses is all that the schema must have, and each of it', () => {
  const schema = buildSchema(shapesSdl);
  const collect = createCoordinateCollector(schema);
  const findInexactness = createExactnessCheck(shapesSdl);
  fc.assert(
    fc.property(fc.gen(), (generate) => {
      const { document, variables } = generateOperation(schema, (most) => generate(fc.nat, { max: most }));
      const operation: Operation = { document: parse(document), variables };
      expect(validate(schema, operation.document).map(({ message }) => message)).toEqual([]);
      const faults = findInexactness(operation, collect(operation.document, null, variables));
      expect(faults).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

describe.each(['2026-01', '2026-11'])('the operations of our clients on %s', (version) => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = [...(await createVersionSchemas())].find(([{ name }]) => name === version)![1];
  });

  test('use just what the schema must have', () => {
    const operations = listOperations().filter(({ document }) => validate(schema, document).length === 0);
    const collect = createCoordinateCollector(schema);
    const findInexactness = createExactnessCheck(printSchema(schema));
    // The corpus says the same in many ways: of a coordinate, a few operations are asked whether they need it.
    const asked = new Map<string, number>();
    const isAsked = (coordinate: string) => {
      const times = asked.get(coordinate) ?? 0;
      asked.set(coordinate, times + 1);
      return times < 3;
    };
    const faults = operations.flatMap((operation) => {
      const used = collect(operation.document, operation.operationName, operation.variables);
      return findInexactness(operation, used, isAsked).map((fault) => `${print(operation.document)} ${fault}`);
    });
    expect(faults).toEqual([]);
    expect([operations.length > 300, asked.size > 150]).toEqual([true, true]);
  });
});

/** Every operation of the compatibility corpus and of `test/operations`. */
function listOperations(): Operation[] {
  const ids = { tech: 'a', finance: 'b', merged: 'c', survivor: 'd', inactive: 'e', elsewhere: 'f' };
  const corpus = [...legacyReads, ...legacyWrites, ...listDynamicReads(ids), ...listDynamicWrites(ids)];
  // Variables that GraphQL refuses are executed by nobody.
  const accepted = corpus.filter(({ name }) => !name.endsWith(', nothing'));
  return [...accepted.map(({ query, variables = {} }) => ({ document: parse(query), variables })), ...listTyped()];
}

/** The operations that our own typed client sends, with variables that use every input field they may. */
function listTyped(): Operation[] {
  const variables = {
    id: '1',
    first: 3,
    filter: { search: 'a', status: 'new' },
    orderBy: { field: 'STATUS' },
    input: { firstName: 'A', lastName: 'B', email: 'c', company: 'D' },
  };
  const folder = join(import.meta.dirname, '../../operations');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')))
    .flatMap((document) => listNames(document).map((operationName) => ({ document, operationName, variables })));
}

function listNames(document: DocumentNode): (string | undefined)[] {
  return document.definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.name?.value] : []));
}
