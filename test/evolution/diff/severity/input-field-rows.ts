import type { SeverityRow } from './severity-row.ts';

const filter = (fields: string): string => `type Query { leads(filter: Filter): Int } input Filter { name: String ${fields} }`;
const reference = (directive: string, fields: string): string => `type Query { lead(by: Ref): Int } input Ref ${directive} { ${fields} }`;

const unseenOneOf = 'graphql-js does not compare @oneOf, yet an input with two fields, with none or with a null is now refused';

export const inputFieldRows: readonly SeverityRow[] = [
  {
    change: 'a required input field is added',
    older: filter(''),
    newer: filter('tenant: ID!'),
    reports: ['breaking REQUIRED_INPUT_FIELD_ADDED Filter.tenant'],
    refuses: '{ leads(filter: {}) }',
  },
  {
    change: 'an optional input field is added',
    older: filter(''),
    newer: filter('search: String'),
    reports: ['safe OPTIONAL_INPUT_FIELD_ADDED Filter.search'],
    disagree: {
      graphql: 'dangerous',
      because: 'every operation leaves it out already, and without a default that means what it meant',
    },
  },
  {
    change: 'an optional input field with a default is added',
    older: filter(''),
    newer: filter('limit: Int = 20'),
    reports: ['dangerous OPTIONAL_INPUT_FIELD_ADDED Filter.limit'],
  },
  {
    change: 'a non-null input field with a default is added',
    older: filter(''),
    newer: filter('limit: Int! = 20'),
    reports: ['dangerous OPTIONAL_INPUT_FIELD_ADDED Filter.limit'],
  },
  {
    change: 'an input field is removed',
    older: filter('search: String'),
    newer: filter(''),
    reports: ['breaking INPUT_FIELD_REMOVED Filter.search'],
    refuses: '{ leads(filter: { search: "a" }) }',
  },
  {
    change: 'a deprecated input field is removed',
    older: filter('industry: String @deprecated(reason: "Use `industryRef`.")'),
    newer: filter(''),
    reports: ['breaking INPUT_FIELD_REMOVED Filter.industry'],
    refuses: '{ leads(filter: { industry: "a" }) }',
  },
  {
    change: 'an input field is removed whose name another begins with',
    older: filter('industry: String industryRef: ID'),
    newer: filter('industryRef: ID'),
    reports: ['breaking INPUT_FIELD_REMOVED Filter.industry'],
    refuses: '{ leads(filter: { industry: "a" }) }',
  },
  {
    change: 'an input field takes ID instead of String',
    older: filter('key: String'),
    newer: filter('key: ID'),
    reports: ['breaking INPUT_FIELD_TYPE_CHANGED Filter.key'],
    refuses: 'query ($key: String) { leads(filter: { key: $key }) }',
  },
  {
    change: 'an input field takes a list instead of one value',
    older: filter('key: String'),
    newer: filter('key: [String!]'),
    reports: ['breaking INPUT_FIELD_TYPE_CHANGED Filter.key'],
    refuses: 'query ($key: String) { leads(filter: { key: $key }) }',
  },
  {
    change: 'an optional input field becomes required',
    older: filter('key: String'),
    newer: filter('key: String!'),
    reports: ['breaking INPUT_FIELD_MADE_REQUIRED Filter.key'],
    refuses: '{ leads(filter: {}) }',
  },
  {
    change: 'an input field with a default no longer takes null',
    older: filter('limit: Int = 20'),
    newer: filter('limit: Int! = 20'),
    reports: ['breaking INPUT_FIELD_NULLABILITY_TIGHTENED Filter.limit'],
    refuses: '{ leads(filter: { limit: null }) }',
  },
  {
    change: 'the items of a list input field no longer take null',
    older: filter('keys: [String]'),
    newer: filter('keys: [String!]'),
    reports: ['breaking INPUT_FIELD_NULLABILITY_TIGHTENED Filter.keys'],
    refuses: '{ leads(filter: { keys: [null] }) }',
  },
  {
    change: 'a required input field becomes optional',
    older: filter('key: String!'),
    newer: filter('key: String'),
    reports: ['safe INPUT_FIELD_NULLABILITY_LOOSENED Filter.key'],
  },
  {
    change: 'an input field is renamed',
    older: filter('key: String'),
    newer: filter('keys: String'),
    reports: ['breaking INPUT_FIELD_REMOVED Filter.key', 'safe OPTIONAL_INPUT_FIELD_ADDED Filter.keys'],
    refuses: '{ leads(filter: { key: "a" }) }',
  },
  {
    change: 'input fields are listed in another order',
    older: filter('a: Int b: Int'),
    newer: filter('b: Int a: Int'),
    reports: [],
  },
  {
    change: 'an input type takes exactly one of its fields',
    older: reference('', 'id: ID key: String'),
    newer: reference('@oneOf', 'id: ID key: String'),
    reports: ['breaking ONE_OF_ADDED Ref'],
    refuses: '{ lead(by: { id: 1, key: "a" }) }',
    disagree: { graphql: 'safe', because: unseenOneOf },
  },
  {
    change: 'an input type with one required field takes exactly one of several',
    older: reference('', 'id: ID!'),
    newer: reference('@oneOf', 'id: ID key: String'),
    reports: ['safe ONE_OF_ADDED Ref', 'safe INPUT_FIELD_NULLABILITY_LOOSENED Ref.id', 'safe OPTIONAL_INPUT_FIELD_ADDED Ref.key'],
    keeps: 'query ($id: ID!) { one: lead(by: { id: 1 }) other: lead(by: { id: $id }) }',
    disagree: {
      graphql: 'dangerous',
      inspector: 'breaking',
      because: 'every operation gives the one field that there was, and not null: exactly one of several',
    },
  },
  {
    change: 'an input type no longer takes exactly one of its fields',
    older: reference('@oneOf', 'id: ID key: String'),
    newer: reference('', 'id: ID key: String'),
    reports: ['safe ONE_OF_REMOVED Ref'],
  },
  {
    change: 'a @oneOf input type gets another field',
    older: reference('@oneOf', 'id: ID'),
    newer: reference('@oneOf', 'id: ID key: String'),
    reports: ['safe OPTIONAL_INPUT_FIELD_ADDED Ref.key'],
    disagree: { graphql: 'dangerous', because: 'an operation gives one of the fields that it knows, and that one works as before' },
  },
  {
    change: 'a @oneOf input type loses a field',
    older: reference('@oneOf', 'id: ID key: String'),
    newer: reference('@oneOf', 'id: ID'),
    reports: ['breaking INPUT_FIELD_REMOVED Ref.key'],
    refuses: '{ lead(by: { key: "a" }) }',
  },
];
