import { describe, expect, test } from '@jest/globals';
import {
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  buildSchema,
  parse,
  validate,
} from 'graphql';
import { createCoordinateCollector } from '../../../src/evolution/usage/collect-coordinates.ts';
import { createExactnessCheck } from './find-inexactness.ts';
import { operationShapes } from './operation-shapes.table.ts';
import { shapesSdl } from './shapes-schema.ts';

const schema = buildSchema(shapesSdl);
const collect = createCoordinateCollector(schema);
const listWords = (text = '') => [...new Set(text.split(/\s+/).filter(Boolean))].sort();

const UPDATE = 'mutation ($i: UpdateLeadInput) { updateLead(id: 1, input: $i) { id } }';
const FILTERED = 'query ($f: LeadFilter) { leads(filter: $f) { id } }';
const FILTERED_TWICE = 'query ($f: LeadFilter, $s: Stage) { leads(filter: $f) { id } other: leads(filter: { stage: [$s] }) { id } }';

describe('the coordinates that an operation uses', () => {
  test.each(operationShapes)('$name', ({ document, operationName, variables, explicit, defaulted }) => {
    const parsed = parse(document);
    expect(validate(schema, parsed)).toEqual([]);
    const named = listWords(explicit);
    expect(collect(parsed, operationName, variables)).toEqual({
      explicit: named,
      defaulted: listWords(defaulted).filter((coordinate) => !named.includes(coordinate)),
    });
  });

  const findInexactness = createExactnessCheck(shapesSdl);
  test.each(operationShapes.filter(({ explicit }) => explicit !== ''))(
    'are all that the schema must have, and each of them: $name',
    ({ document, operationName, variables }) => {
      const parsed = parse(document);
      const used = collect(parsed, operationName, variables);
      expect(findInexactness({ document: parsed, operationName, variables }, used)).toEqual([]);
    },
  );

  test('a coordinate that begins like another one is not that one', () => {
    const { explicit } = collect(parse('{ page(first: 1) { industryRef { id } } }'), null, {});
    expect(explicit).toContain('Lead.industryRef');
    expect(explicit).not.toContain('Lead.industry');
  });

  test('an enum value counts by its name, whatever it stands for within the server', () => {
    const Level = new GraphQLEnumType({ name: 'Level', values: { LOW: { value: 0 }, HIGH: { value: { height: 9 } } } });
    const Input = new GraphQLInputObjectType({ name: 'In', fields: { level: { type: Level, defaultValue: 0 } } });
    const args = { level: { type: Level, defaultValue: Level.getValue('HIGH')!.value as unknown }, in: { type: Input, defaultValue: {} } };
    const query = new GraphQLObjectType({ name: 'Query', fields: { height: { type: GraphQLInt, args } } });
    expect(createCoordinateCollector(new GraphQLSchema({ query }))(parse('{ height }'), null, {}).defaulted).toEqual([
      'In',
      'In.level',
      'Level',
      'Level.HIGH',
      'Level.LOW',
      'Query.height(in:)',
      'Query.height(level:)',
    ]);
  });

  test('a default that contains itself comes to an end', () => {
    const In: GraphQLInputObjectType = new GraphQLInputObjectType({ name: 'In', fields: () => ({ in: { type: In, defaultValue: {} } }) });
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: { a: { type: GraphQLInt, args: { in: { type: In, defaultValue: {} } } } },
    });
    const { defaulted } = createCoordinateCollector(new GraphQLSchema({ query }))(parse('{ a }'), null, {});
    expect(defaulted).toEqual(['In', 'In.in', 'Query.a(in:)']);
  });
});

describe('variables that do not match their types', () => {
  const wrong: readonly (readonly [what: string, document: string, variables: Record<string, unknown>, counted: readonly string[]])[] = [
    ['a number for an input object', FILTERED, { f: 1 }, []],
    ['a list for an input object', FILTERED, { f: [{ industry: 'tech' }] }, []],
    ['a string for an input object', FILTERED, { f: 'industry' }, []],
    ['an unknown input field', FILTERED, { f: { nothing: { industry: 1 } } }, []],
    ['what every object has', FILTERED, { f: JSON.parse('{"constructor":1,"__proto__":{"industry":1},"toString":2}') }, []],
    ['a list too deep', FILTERED, { f: { stage: [['WON']] } }, ['LeadFilter.stage', 'Stage']],
    ['an unknown enum value', FILTERED, { f: { stage: ['NEVER', 'WON'] } }, ['LeadFilter.stage', 'Stage', 'Stage.WON']],
    ['an enum value of another kind', FILTERED, { f: { stage: [0, null, true, {}] } }, ['LeadFilter.stage', 'Stage']],
    [
      'both of a @oneOf input',
      FILTERED,
      { f: { industryRef: { id: '1', key: 'tech' } } },
      ['ChoiceRef', 'ChoiceRef.id', 'ChoiceRef.key', 'LeadFilter.industryRef', 'String'],
    ],
    ['an object for a scalar', FILTERED, { f: { industry: { industryRef: {} } } }, ['LeadFilter.industry', 'String']],
    ['a variable that is not declared', FILTERED, { g: { industry: 'tech' } }, []],
    ['an input field that is undefined', FILTERED, { f: { industry: undefined } }, []],
    ['nothing for what is required', UPDATE, {}, []],
  ];
  test.each(wrong)('%s: what matches counts', (_what, document, variables, counted) => {
    const parsed = parse(document);
    const added = collect(parsed, null, variables).explicit.filter(
      (coordinate) => !collect(parsed, null, {}).explicit.includes(coordinate),
    );
    expect(added).toEqual(counted);
  });

  test('nesting of any depth', () => {
    let filter: object = { stage: 'WON' };
    for (let depth = 0; depth < 100_000; depth++) filter = { and: [filter] };
    expect(collect(parse(FILTERED), null, { f: filter }).explicit).toContain('Stage.WON');
  });

  test('no variables at all', () => {
    for (const none of [null, undefined, Object.create(null) as Record<string, unknown>])
      expect(collect(parse(FILTERED), null, none)).toEqual(collect(parse(FILTERED), null, {}));
  });
});

describe('an answer', () => {
  test('is the same object for every request whose document decides alone', () => {
    const document = parse('query ($n: Int, $i: ID!) { page(first: $n) { id } node(id: $i) { id } }');
    expect(collect(document, null, { n: 1, i: 'a' })).toBe(collect(document, undefined, { i: 'b' }));
  });

  test('is the same object for variables that use the same, in whatever order and however often', () => {
    const document = parse(FILTERED_TWICE);
    const one = collect(document, null, { f: { industry: 'a', and: [{ stage: ['WON', 'NEW'] }] }, s: 'WON' });
    expect(collect(document, null, { s: 'NEW', f: { and: [{ stage: 'WON' }, { stage: 'NEW' }], industry: 'b' } })).toBe(one);
    expect(collect(document, null, { f: { industry: 'a', and: [{ stage: ['WON'] }] }, s: 'WON' })).not.toBe(one);
  });

  test('cannot be changed', () => {
    const document = parse(FILTERED);
    for (const used of [collect(document, null, {}), collect(document, null, { f: { industry: 'a' } }), collect(document, 'Nobody', {})]) {
      expect(Object.isFrozen(used) && Object.isFrozen(used.explicit) && Object.isFrozen(used.defaulted)).toBe(true);
    }
  });

  test('is complete for more kinds of variables than are remembered', () => {
    const Many = new GraphQLEnumType({
      name: 'Many',
      values: Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`V${index}`, {}])),
    });
    const query = new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLInt, args: { many: { type: Many } } } } });
    const collectMany = createCoordinateCollector(new GraphQLSchema({ query }));
    const document = parse('query ($m: Many) { a(many: $m) }');
    for (const round of [1, 2])
      for (let index = 0; index < 1000; index++)
        expect([round, collectMany(document, null, { m: `V${index}` }).explicit]).toEqual([
          round,
          ['Int', 'Many', `Many.V${index}`, 'Query', 'Query.a', 'Query.a(many:)'],
        ]);
  });

  test('is of its own document, though documents share operations', () => {
    const [operation, one] = parse('{ page(first: 1) { ...F } } fragment F on Lead { id }').definitions;
    const [other] = parse('fragment F on Lead { name }').definitions;
    const collectOf = (fragment: typeof one) =>
      collect({ kind: 'Document', definitions: [operation, fragment] } as never, null, {}).explicit;
    expect(collectOf(one)).toContain('Lead.id');
    expect(collectOf(other)).not.toContain('Lead.id');
    expect(collectOf(other)).toContain('Lead.name');
  });

  test('comes to an end for fragments that contain themselves, though no such document is valid', () => {
    const document = parse('{ leads { ...A } } fragment A on Lead { id ...B } fragment B on Lead { name ...A }');
    expect(collect(document, null, {}).explicit).toEqual(expect.arrayContaining(['Lead.id', 'Lead.name']));
  });
});
