import { describe, expect, test } from '@jest/globals';
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  buildClientSchema,
  buildSchema,
  introspectionFromSchema,
  printSchema,
  specifiedDirectives,
} from 'graphql';
import { diffSchemas } from '../../../src/evolution/diff/diff-schemas.ts';
import type { SchemaChange } from '../../../src/evolution/diff/diff-schemas.ts';

describe('diffSchemas', () => {
  test('Lead.industry gone and Lead.industryRef gone are two changes, in every place that has both', () => {
    const both = buildLeadSchema('industry: String', 'industryRef: ID', 'INDUSTRY', 'INDUSTRY_REF');
    const places = (field: string, value: string): string[] =>
      [`Filter.${field}`, `Lead.${field}`, `Order.${value}`, `Query.leads(${field}:)`].sort();
    expect(coordinatesOf(diffSchemas(both, buildLeadSchema('industryRef: ID', 'INDUSTRY_REF')))).toEqual(places('industry', 'INDUSTRY'));
    expect(coordinatesOf(diffSchemas(both, buildLeadSchema('industry: String', 'INDUSTRY')))).toEqual(
      places('industryRef', 'INDUSTRY_REF'),
    );
  });

  test('what was deprecated and is removed stays breaking, with the reason that stood there', () => {
    const note = '@deprecated(reason: "Use `industryRef`.")';
    const older = buildLeadSchema(`industry: String ${note}`, 'industryRef: ID', `INDUSTRY ${note}`, 'INDUSTRY_REF');
    const changes = diffSchemas(older, buildLeadSchema('industryRef: ID', 'INDUSTRY_REF'));
    expect(changes.map(({ severity, kind, deprecationReason }) => [severity, kind, deprecationReason])).toEqual(
      ['INPUT_FIELD_REMOVED', 'FIELD_REMOVED', 'ENUM_VALUE_REMOVED', 'ARGUMENT_REMOVED'].map((kind) => [
        'breaking',
        kind,
        'Use `industryRef`.',
      ]),
    );
    expect(changes[1]).toEqual({
      severity: 'breaking',
      kind: 'FIELD_REMOVED',
      coordinate: 'Lead.industry',
      message: 'Lead.industry was removed. It was deprecated: Use `industryRef`.',
      deprecationReason: 'Use `industryRef`.',
    });
  });

  test('a removal of what was not deprecated has no reason', () => {
    const changes = diffSchemas(buildSchema('type Query { a: Int b: Int @deprecated }'), buildSchema('type Query { b: Int @deprecated }'));
    expect(changes).toEqual([{ severity: 'breaking', kind: 'FIELD_REMOVED', coordinate: 'Query.a', message: 'Query.a was removed.' }]);
  });

  test('a field that would no longer merge with another names it', () => {
    const sdl = (name: string): string =>
      `type Query { found: Found } union Found = Lead | Account type Lead { name: ${name} } type Account { name: String }`;
    expect(diffSchemas(buildSchema(sdl('String')), buildSchema(sdl('String!')))[0]?.message).toBe(
      'Lead.name changed its type from String to String!: one selection can no longer hold it and Account.name both.',
    );
  });

  test('changes are ordered by severity, then by coordinate, wherever their members stand', () => {
    const older = 'type Query { z: Int a: Int keep(first: Int = 1): Int } type B { x: Int } type A { x: Int }';
    const newer = 'type Query { keep(first: Int = 2): Int new: Int }';
    const turned = 'type A { x: Int } type B { x: Int } type Query { keep(first: Int = 1): Int a: Int z: Int }';
    const changes = diffSchemas(buildSchema(older), buildSchema(newer));
    expect(changes.map(({ severity, coordinate }) => `${severity} ${coordinate}`)).toEqual([
      'breaking A',
      'breaking B',
      'breaking Query.a',
      'breaking Query.z',
      'dangerous Query.keep(first:)',
      'safe Query.new',
    ]);
    expect(diffSchemas(buildSchema(turned), buildSchema(newer))).toEqual(changes);
  });

  test('a schema made in code, its SDL and its introspection are the same', () => {
    const code = createCodeSchema('red');
    const introspection = introspectionFromSchema(code, {
      inputValueDeprecation: true,
      oneOf: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
    });
    const schemas = [code, buildSchema(printSchema(code)), buildClientSchema(introspection)];
    for (const older of schemas) for (const newer of schemas) expect(diffSchemas(older, newer)).toEqual([]);
    for (const older of schemas)
      expect(diffSchemas(older, createCodeSchema('blue')).map(({ message }) => message)).toEqual([
        'Query.paint(by:) changed its default from {color: RED, layers: [1, 2]} to {color: BLUE, layers: [1, 2]}.',
      ]);
  });

  test('the directives of the specification differ with the age of a server, not with its API', () => {
    const query = new GraphQLObjectType({ name: 'Query', fields: { ok: { type: GraphQLInt } } });
    const full = new GraphQLSchema({ query });
    const executable = full.getDirectives().filter(({ name }) => name === 'skip' || name === 'include');
    expect(diffSchemas(full, new GraphQLSchema({ query, directives: executable }))).toEqual([]);
    expect(coordinatesOf(diffSchemas(full, new GraphQLSchema({ query, directives: [] })))).toEqual(['@include', '@skip']);
  });
});

function coordinatesOf(changes: readonly SchemaChange[]): string[] {
  return changes.map(({ coordinate }) => coordinate);
}

/** The members – fields, and enum values in capitals – in each place that can have them. */
function buildLeadSchema(...members: readonly string[]): GraphQLSchema {
  const fields = members.filter((member) => /^[a-z]/.test(member)).join(' ');
  const values = members.filter((member) => /^[A-Z]/.test(member)).join(' ');
  return buildSchema(`
    type Query { lead: Lead leads(order: Order, filter: Filter, ${fields}): Int }
    type Lead { id: ID ${fields} }
    input Filter { id: ID ${fields} }
    enum Order { NAME ${values} }`);
}

/** A schema whose enum has internal values and whose default is an internal object, as code has them and SDL has not. */
function createCodeSchema(color: string): GraphQLSchema {
  const Color = new GraphQLEnumType({ name: 'Color', values: { RED: { value: 'red' }, BLUE: { value: 'blue' } } });
  const Brush = new GraphQLInputObjectType({
    name: 'Brush',
    fields: { layers: { type: new GraphQLList(GraphQLInt) }, color: { type: Color, deprecationReason: 'Dip it.' } },
  });
  const Ref = new GraphQLInputObjectType({ name: 'Ref', isOneOf: true, fields: { key: { type: GraphQLString } } });
  const Time = new GraphQLScalarType({ name: 'Time', specifiedByURL: 'https://example.org/time' });
  const args = { by: { type: Brush, defaultValue: { color, layers: [1, 2] } }, ref: { type: Ref } };
  return new GraphQLSchema({
    description: 'Paint.',
    query: new GraphQLObjectType({
      name: 'Query',
      fields: { paint: { type: new GraphQLNonNull(Color), args, description: 'Paints.' }, at: { type: Time } },
    }),
    directives: [
      ...specifiedDirectives,
      new GraphQLDirective({
        name: 'live',
        locations: [DirectiveLocation.FIELD],
        isRepeatable: true,
        args: { every: { type: GraphQLInt, defaultValue: 1 } },
      }),
    ],
  });
}
