import { describe, expect, test } from '@jest/globals';
import { type GraphQLSchema, buildSchema } from 'graphql';
import { checkSchemas } from '../../../../src/evolution/check/check-schemas.ts';
import { defaultPolicy } from '../../../../src/evolution/check/policy/policy.ts';
import { findUnknownReplacements, readReplacement } from '../../../../src/evolution/check/policy/replacements.ts';
import { findReplacementMistake } from '../../../../src/evolution/check/policy/resolve-replacement.ts';
import { annotateCrmSchema } from '../../../../src/crm/crm-schema.ts';
import { servedVersions } from '../../../../src/evolution/versions/api-versions.ts';
import { viewSchema } from '../../../../src/evolution/versions/view-schema.ts';

const gone = '@deprecated(reason: "Gone.")';
const schema = buildSchema(`
  type Query { leads(filter: Filter, first: Int, old: Int ${gone}, older: Int ${gone}): [Lead!]! lead: Lead node: Node }
  interface Node { id: ID name: String ${gone} }
  type Lead implements Node {
    id: ID name: String ${gone} industry: String ${gone} industryRef: Industry sector: String ${gone} email: String
  }
  type Industry { key: String label: String code: String ${gone} of(depth: Int): Industry }
  input Filter { industry: String ${gone} industryRef: ChoiceFilter sector: String ${gone} }
  input ChoiceFilter { key: [String!] keys: [String!] ${gone} order: Order }
  enum Order { UP DOWN OLD ${gone} }`);

describe('a replacement that is there', () => {
  test.each([
    ['Lead.industry', 'industryRef { key label }'],
    ['Lead.industry', 'industryRef'],
    ['Lead.industry', ' industryRef { of(depth: 1) { key } } '],
    ['Lead.industry', 'industryRef { of(depth: …) { key } }'],
    ['Lead.industry', 'industryRef.key'],
    ['Lead.industry', 'Industry.key'],
    ['Lead.industry', 'Query.leads(filter:)'],
    ['Node.name', 'id'],
    ['Filter.industry', 'industryRef: { key: … }'],
    ['Filter.industry', 'industryRef: { key: [ … ], order: UP }'],
    ['Filter.industry', 'industryRef.order'],
    ['Filter.industry', 'industryRef'],
    ['Query.leads(old:)', 'filter: { industryRef: { key: … } }'],
    ['Query.leads(old:)', 'first'],
    ['Order.OLD', 'UP'],
    ['Order.OLD', 'Order.UP'],
  ])('of %s is %s', (coordinate, text) => {
    expect(findReplacementMistake(schema, coordinate, text, 'siblings')).toBeUndefined();
  });

  test.each(['the REST API', 'its label', 'industryRef, or nothing', 'https://example.com', '@live', '', '…'])(
    'may be prose, which is not looked into: %j',
    (text) => {
      expect(findReplacementMistake(schema, 'Lead.industry', text, 'siblings')).toBeUndefined();
    },
  );
});

describe('a replacement that is not there', () => {
  test.each([
    ['Lead.industry', 'industryRefs { key label }', 'Lead has no industryRefs'],
    ['Lead.industry', 'industryRefs', 'Lead has no industryRefs'],
    ['Lead.industry', 'Lead.industryRefs', 'there is no Lead.industryRefs'],
    ['Lead.industry', 'industryRef { kee }', 'Cannot query field "kee" on type "Industry"'],
    ['Lead.industry', 'industryRef.kee', 'Cannot query field "kee" on type "Industry"'],
    ['Lead.industry', 'industryRef { of(deep: 1) { key } }', 'Unknown argument "deep"'],
    ['Lead.industry', 'industryRef { code }', 'The field Industry.code is deprecated'],
    ['Lead.industry', 'email { key }', 'Field "email" must not have a selection'],
    ['Lead.industry', 'sector', 'Lead.sector is deprecated itself'],
    ['Lead.industry', 'Lead.sector', 'Lead.sector is deprecated itself'],
    ['Lead.industry', 'industry', 'Lead.industry is deprecated itself'],
    ['Lead.industry', 'viewer.email', 'Lead has no viewer'],
    ['Lead.industry', 'leads', 'Lead has no leads'],
    ['Node.name', 'industryRef', 'Node has no industryRef'],
    ['Filter.industry', 'industryRefs: { key: … }', 'Filter has no industryRefs'],
    ['Filter.industry', 'industryRef: { kee: … }', 'there is no ChoiceFilter.kee'],
    ['Filter.industry', 'industryRef: { keys: [ … ] }', 'ChoiceFilter.keys is deprecated itself'],
    ['Filter.industry', 'industryRef: { order: SIDEWAYS }', 'there is no Order.SIDEWAYS'],
    ['Filter.industry', 'industryRef.kee', 'there is no ChoiceFilter.kee'],
    ['Filter.industry', 'sector', 'Filter.sector is deprecated itself'],
    ['Query.leads(old:)', 'filters', 'Query.leads has no filters'],
    ['Query.leads(old:)', 'older', 'Query.leads(older:) is deprecated itself'],
    ['Query.leads(old:)', 'Query.leads(filters:)', 'there is no Query.leads(filters:)'],
    ['Query.leads(old:)', 'filter: { sector: … }', 'Filter.sector is deprecated itself'],
    ['Order.OLD', 'SIDEWAYS', 'Order has no SIDEWAYS'],
    ['Order.OLD', 'OLD', 'Order.OLD is deprecated itself'],
  ])('of %s is %s: %s', (coordinate, text, mistake) => {
    expect(findReplacementMistake(schema, coordinate, text, 'siblings')).toContain(mistake);
  });
});

test('in SDL of others, a type, a root field, and for an argument a field beside its own, is there as well', () => {
  const find = (coordinate: string, text: string) => findReplacementMistake(schema, coordinate, text, 'schema');
  expect(['leads', 'Industry', 'industryRef'].map((text) => find('Lead.industry', text))).toEqual([undefined, undefined, undefined]);
  expect([find('Query.leads(old:)', 'lead'), find('Lead.industry', 'leeds')]).toEqual([undefined, 'Lead has no leeds']);
});

describe('what a reason says to use', () => {
  test.each<[reason: string, text: string]>([
    ['Use `industryRef { key }`. Removed in 2027-07.', 'industryRef { key }'],
    ['Use industryRef. Removed in 2027-07.', 'industryRef'],
    ['use industryRef.key instead', 'industryRef.key'],
    ['Use the `industryRef` field.', 'industryRef'],
    ['Slow, see `email`. Please use Lead.industryRef, it is fast', 'Lead.industryRef'],
    ['Replaced by `industryRef`.', 'industryRef'],
    ['Do not use `industry`, use `industryRef`.', 'industryRef'],
    ['`industry` is `industryRef` now', 'industryRef'],
  ])('%s → %s', (reason, text) => {
    expect(readReplacement(reason, 'Lead.industry')).toEqual({ text });
  });

  test.each([
    'Use the REST API.',
    'Use OAuth2.',
    'Use REST instead',
    'Use [the page](https://example.com/use)',
    'Use something else, or nothing.',
    'Please use our new page',
  ])('in prose: %s', (reason) => {
    expect(readReplacement(reason, 'Lead.industry')).toEqual({});
  });

  test('an enum value is named as those beside it are', () => {
    expect(readReplacement('Use SIDEWAYS instead.', 'Order.OLD')).toEqual({ text: 'SIDEWAYS' });
    expect(readReplacement('Use reason instead.', 'Order.OLD')).toEqual({});
  });

  test.each([
    'Do not use this field.',
    "Don't use it.",
    'No longer in use.',
    'Useless.',
    'Of no use.',
    'Confused people; `industry` confuses.',
    'Will no longer use anything',
  ])('nothing: %s', (reason) => {
    expect(readReplacement(reason, 'Lead.industry')).toBeUndefined();
  });
});

describe('a check', () => {
  function check(reason: string) {
    const load = (name: string, sdl: string) => ({ name, schema: buildSchema(sdl) });
    const newer = `"All." type Query { "Old." old: ID @deprecated(reason: "${reason}") "New." new: ID }`;
    const now = new Date('2026-11-01T00:00:00Z');
    return checkSchemas(load('old', newer.replace(/@.*"\)/, '')), load('new', newer), defaultPolicy, now).filter(
      ({ judgement }) => judgement === 'refused',
    );
  }

  test('of two schemas refuses a reason that names what is not there', () => {
    expect(check('Use `new`. Removed in 2027-07.')).toEqual([]);
    expect(check('Use `now`. Removed in 2027-07.')).toMatchObject([
      {
        kind: 'DEPRECATION_REPLACEMENT_UNKNOWN',
        coordinate: 'Query.old',
        message: 'Query.old is deprecated in favour of `now`: Query has no now.',
      },
    ]);
    expect(check('Do not use this. Removed in 2027-07.').map(({ kind }) => kind)).toEqual(['DEPRECATION_REPLACEMENT_MISSING']);
  });

  test('finds nothing wrong with what the CRM declares', async () => {
    const annotated: GraphQLSchema = await annotateCrmSchema();
    for (const version of servedVersions) expect(findUnknownReplacements(viewSchema(annotated, version), version)).toEqual([]);
  });
});
