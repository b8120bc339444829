import { describe, expect, test } from '@jest/globals';
import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  buildSchema,
  execute,
  isInputObjectType,
  parse,
  printType,
  validate,
} from 'graphql';
import type { GraphQLInputType } from 'graphql';
import { apiVersions, currentVersion } from '../../../src/evolution/versions/api-versions.ts';
import type { ApiVersion } from '../../../src/evolution/versions/api-versions.ts';
import { annotateSchema } from '../../../src/evolution/versions/annotate-schema.ts';
import { listMembers } from '../../../src/evolution/versions/list-members.ts';
import { printVersion } from '../../../src/evolution/versions/print-version.ts';
import { viewSchema } from '../../../src/evolution/versions/view-schema.ts';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';
import { DeclarationError } from '../../../src/errors.ts';
import { createToySchema, toyLifecycle } from '../../api/toy/toy-schema.ts';

const [before, both] = apiVersions as readonly [ApiVersion, ApiVersion];
const next: ApiVersion = { name: 'next', month: '2026-11', withoutDeprecated: true };

const deprecatedMembers = toyLifecycle.flatMap(([coordinate, { deprecated }]) => (deprecated ? [coordinate] : []));

describe('viewSchema', () => {
  test('2026-01 has what was always there, with nothing deprecated and no word of what came later', () => {
    const view = viewOf(before);
    expect(coordinatesOf(view)).toEqual(expect.arrayContaining(deprecatedMembers));
    for (const [coordinate, { introduced }] of toyLifecycle) if (introduced) expect(coordinatesOf(view)).not.toContain(coordinate);
    expect(printVersion(view)).not.toMatch(/@deprecated|industryRef|Industry\b|ChoiceType|reorderChoices/);
  });

  test('2026-11 has both, the old deprecated with replacement and sunset', () => {
    const view = viewOf(both);
    expect(coordinatesOf(view)).toEqual(expect.arrayContaining(toyLifecycle.map(([coordinate]) => coordinate)));
    expect(printType(view.getType('Lead')!)).toContain(
      'industry: String @deprecated(reason: "Use `industryRef { key label }`. Removed in 2027-07.")',
    );
    const marked = [...listMembers(view)].filter(({ member }) => 'deprecationReason' in member && member.deprecationReason);
    expect(marked.map(({ coordinate }) => coordinate).sort()).toEqual([...deprecatedMembers].sort());
  });

  test('a version without deprecated members is only data', () => {
    const coordinates = coordinatesOf(viewOf(next));
    for (const coordinate of deprecatedMembers) expect(coordinates).not.toContain(coordinate);
    expect(coordinates).toContain('Lead.industryRef');
    expect(printVersion(viewOf(next))).not.toContain('@deprecated');
  });

  test('a member is gone from the version that removes it, and there in the one before', () => {
    const entries: LifecycleEntry[] = [['Lead.name', { removed: '2026-11' }]];
    expect(coordinatesOf(viewOf(before, entries))).toContain('Lead.name');
    expect(coordinatesOf(viewOf(both, entries))).not.toContain('Lead.name');
  });

  test('the current version is the newest', () => {
    expect(currentVersion).toBe(both);
  });

  test('types that nothing leads to any more are pruned, interfaces and their implementations among them', () => {
    const schema = viewOf(before);
    // Source is only found through Choice, which is gone; ChoiceRefInput only through members that are gone.
    for (const name of ['Choice', 'Industry', 'Source', 'ChoiceType', 'ChoiceRefInput']) expect(schema.getType(name)).toBeUndefined();
  });

  test('implementations of an interface that a field answers with stay, although nothing else leads to them', () => {
    expect(viewOf(before).getType('Note')).toBeDefined();
    expect(viewOf(both).getType('Source')).toBeDefined();
  });

  test('an interface that is only implemented keeps nobody alive', () => {
    const schema = buildSchema(`
      interface Named { name: String }
      type Lead implements Named { name: String }
      type Orphan implements Named { name: String }
      type Query { lead: Lead }`);
    const view = viewSchema(schema, before);
    expect(view.getType('Named')).toBeDefined();
    expect(view.getType('Orphan')).toBeUndefined();
  });

  test('unions and implements lists lose the types that a version does not have', () => {
    expect(printType(viewOf(before).getType('SearchResult')!)).toBe('union SearchResult = Lead');
    const withoutNode = viewOf(before, [
      ['Node', { introduced: '2026-11' }],
      ['Query.node', { introduced: '2026-11' }],
    ]);
    expect(printType(withoutNode.getType('Lead')!)).toMatch(/^(""".*"""\s*)?type Lead \{/);
  });

  test('a root type without fields is left out', () => {
    const view = viewOf(before, [
      ['Mutation.updateLead', { introduced: '2026-11' }],
      ['Mutation.reorderChoices', { introduced: '2026-11' }],
    ]);
    expect(view.getMutationType()).toBeUndefined();
    expect(view.getType('Mutation')).toBeUndefined();
  });

  test('custom directives and the types of their arguments are kept', () => {
    const schema = buildSchema(`
      directive @cost(kind: Kind! = HIGH) on FIELD_DEFINITION
      enum Kind { LOW HIGH }
      type Query { a: Int }`);
    expect(printVersion(viewSchema(schema, before))).toContain('directive @cost(kind: Kind! = HIGH) on FIELD_DEFINITION');
  });

  test('the original stays as it is', () => {
    const schema = createToySchema();
    annotateSchema(schema, toyLifecycle);
    const printed = printVersion(schema);
    viewSchema(schema, before);
    viewSchema(schema, next);
    expect(printVersion(schema)).toBe(printed);
  });

  test.each([before, both, next])('resolvers, type resolvers and scalars answer as before in $name', (version) => {
    const view = viewOf(version);
    const result = execute({
      schema: view,
      document: parse('{ lead(id: "1") { name createdAt } node(id: "1") { __typename id } search(text: "a") { __typename } }'),
    });
    expect(result).toEqual({
      data: {
        lead: { name: 'Ada', createdAt: '1970-01-01T00:00:00.000Z' },
        node: { __typename: 'Lead', id: '1' },
        search: [{ __typename: 'Lead' }],
      },
    });
    expect(view.getType('Instant')).toMatchObject({ specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339' });
  });

  test('@oneOf is kept: printed, and enforced', () => {
    const view = viewOf(both);
    const type = view.getType('ChoiceRefInput');
    expect(isInputObjectType(type) && type.isOneOf).toBe(true);
    expect(printVersion(view)).toContain('input ChoiceRefInput @oneOf {');
    const errors = validate(view, parse('{ leads(filter: { industryRef: { id: "1", key: "a" } }) { id } }'));
    expect(errors.map((error) => error.message)).toEqual(['OneOf Input Object "ChoiceRefInput" must specify exactly one key.']);
  });

  describe('refuses, naming the culprit,', () => {
    const cases: readonly (readonly [string, GraphQLSchema, readonly LifecycleEntry[], string | RegExp])[] = [
      [
        'a default value of an enum value that is gone',
        createToySchema(),
        [['LeadOrderField.NAME', { introduced: '2026-11' }]],
        'the default value of Query.leads(orderBy:) mentions LeadOrderField.NAME',
      ],
      [
        'a default value with an input field that is gone',
        createToySchema(),
        [['LeadOrder.field', { introduced: '2026-11' }]],
        'the default value of Query.leads(orderBy:) mentions LeadOrder.field',
      ],
      [
        'a default of an input field, by the enum value it stands for inside',
        schemaWithInternalEnumValue(),
        [['Level.HIGH', { introduced: '2026-11' }]],
        'the default value of Options.level mentions Level.HIGH',
      ],
      [
        'a member of a type that is gone',
        createToySchema(),
        [['ChoiceType', { introduced: '2026-11' }]],
        'has Query.choices(type:), but not its type ChoiceType',
      ],
      [
        'a type that has lost a field of its interface',
        createToySchema(),
        [['Note.id', { introduced: '2026-11' }]],
        /^Version 2026-01 is not a valid schema:\n[^]*Interface field Node\.id expected but Note does not provide it/,
      ],
      [
        'a default value that cannot be printed',
        schemaWithDefault(new GraphQLScalarType({ name: 'Anything' }), { any: 'object' }),
        [],
        'Version 2026-01 cannot be printed as SDL and built again',
      ],
      [
        'a default value that reads as another one',
        schemaWithDefault(new GraphQLList(GraphQLInt), 1),
        [],
        'Version 2026-01 is another schema when built again from its SDL, from this line on:   a(b: [Int] = 1): Int',
      ],
    ];
    test.each(cases)('%s', (_why, schema, entries, message) => {
      annotateSchema(schema, entries);
      const view = () => viewSchema(schema, before);
      expect(view).toThrow(DeclarationError);
      expect(view).toThrow(message);
    });
  });

  test('a default value that mentions what the version has is left alone', () => {
    const schema = schemaWithInternalEnumValue();
    expect(printVersion(viewSchema(schema, before))).toContain('level: Level = HIGH');
  });
});

describe('printVersion', () => {
  test('prints the same bytes for the same schema however it is ordered, with descriptions, ending in one newline', () => {
    const one = printVersion(buildSchema('"Ask." type Query { b: Int "A." a(y: Int, x: Int): Int } enum E { B A }'));
    const other = printVersion(buildSchema('enum E { A B } "Ask." type Query { "A." a(x: Int, y: Int): Int b: Int }'));
    expect(one).toBe(other);
    expect(one).toContain('"""Ask."""');
    expect(one).toMatch(/[^\n]\n$/);
  });

  test('what is printed can be built again', () => {
    const printed = printVersion(viewOf(both));
    expect(printVersion(buildSchema(printed))).toBe(printed);
  });
});

function viewOf(version: ApiVersion, more: readonly LifecycleEntry[] = []): GraphQLSchema {
  const replaced = new Set(more.map(([coordinate]) => coordinate));
  const schema = createToySchema();
  annotateSchema(schema, [...toyLifecycle.filter(([coordinate]) => !replaced.has(coordinate)), ...more]);
  return viewSchema(schema, version);
}

function coordinatesOf(schema: GraphQLSchema): string[] {
  return [...listMembers(schema)].map(({ coordinate }) => coordinate);
}

function schemaWithInternalEnumValue(): GraphQLSchema {
  const level = new GraphQLEnumType({ name: 'Level', values: { LOW: { value: 0 }, HIGH: { value: 1 } } });
  const options = new GraphQLInputObjectType({
    name: 'Options',
    fields: { level: { type: level, defaultValue: 1 }, text: { type: GraphQLString } },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLInt, args: { options: { type: options } } } } }),
  });
}

function schemaWithDefault(type: GraphQLInputType, defaultValue: unknown): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLInt, args: { b: { type, defaultValue } } } } }),
  });
}
