import type { SeverityRow } from './severity-row.ts';

const leads = (argumentList: string): string => `type Query { leads(${argumentList}): Int }`;
const filter = (fields: string): string => `type Query { leads(filter: Filter): Int } input Filter { name: String ${fields} }`;

const silentOnAddedDefault = 'graphql-js looks at a default only where there was one, yet who left the argument out now sends this value';
const silentOnInputFields = 'graphql-js does not look at the defaults of input fields, yet who left the field out now sends another value';
const nobodyLeftItOut = 'it was required, so every operation gives a value of its own and the default holds for none';
const nowRequired = 'without its default a non-null input has to be given, so that every operation that leaves it out is refused';

export const defaultRows: readonly SeverityRow[] = [
  {
    change: 'an optional argument gets a default',
    older: leads('first: Int'),
    newer: leads('first: Int = 20'),
    reports: ['dangerous ARGUMENT_DEFAULT_ADDED Query.leads(first:)'],
    disagree: { graphql: 'safe', because: silentOnAddedDefault },
  },
  {
    change: 'an optional argument gets the default null',
    older: leads('search: String'),
    newer: leads('search: String = null'),
    reports: ['dangerous ARGUMENT_DEFAULT_ADDED Query.leads(search:)'],
    disagree: { graphql: 'safe', because: 'null and nothing given are two inputs to a resolver, and in an update two commands' },
  },
  {
    change: 'a required argument gets a default',
    older: leads('first: Int!'),
    newer: leads('first: Int! = 20'),
    reports: ['safe ARGUMENT_DEFAULT_ADDED Query.leads(first:)'],
    disagree: { inspector: 'dangerous', because: nobodyLeftItOut },
  },
  {
    change: 'the default of an argument changes',
    older: leads('first: Int = 20'),
    newer: leads('first: Int = 50'),
    reports: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.leads(first:)'],
  },
  {
    change: 'the default of a non-null argument changes',
    older: leads('first: Int! = 20'),
    newer: leads('first: Int! = 50'),
    reports: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.leads(first:)'],
  },
  {
    change: 'an optional argument loses its default',
    older: leads('first: Int = 20'),
    newer: leads('first: Int'),
    reports: ['dangerous ARGUMENT_DEFAULT_REMOVED Query.leads(first:)'],
  },
  {
    change: 'a non-null argument loses its default',
    older: leads('first: Int! = 20'),
    newer: leads('first: Int!'),
    reports: ['breaking ARGUMENT_MADE_REQUIRED Query.leads(first:)'],
    refuses: '{ leads }',
    disagree: { graphql: 'dangerous', inspector: 'dangerous', because: nowRequired },
  },
  {
    change: 'an argument with a default becomes required',
    older: leads('first: Int = 20'),
    newer: leads('first: Int!'),
    reports: ['breaking ARGUMENT_MADE_REQUIRED Query.leads(first:)'],
    refuses: '{ leads }',
  },
  {
    change: 'a non-null argument takes null, and loses its default',
    older: leads('first: Int! = 20'),
    newer: leads('first: Int'),
    reports: ['dangerous ARGUMENT_DEFAULT_REMOVED Query.leads(first:)', 'safe ARGUMENT_NULLABILITY_LOOSENED Query.leads(first:)'],
  },
  {
    change: 'an enum default changes',
    older: `${leads('order: Order = ASC')} enum Order { ASC DESC }`,
    newer: `${leads('order: Order = DESC')} enum Order { ASC DESC }`,
    reports: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.leads(order:)'],
  },
  {
    change: 'one default in a list of them changes',
    older: leads('ids: [Int] = [1, 2]'),
    newer: leads('ids: [Int] = [1, 3]'),
    reports: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.leads(ids:)'],
  },
  {
    change: 'a default is written as the list that it was coerced to',
    older: leads('ids: [Int] = 1'),
    newer: leads('ids: [Int] = [1]'),
    reports: [],
  },
  {
    change: 'an object default lists its fields in another order, and so does its type',
    older: `${leads('range: Range = { from: 1, to: 2 }')} input Range { from: Int to: Int }`,
    newer: `${leads('range: Range = { to: 2, from: 1 }')} input Range { to: Int from: Int }`,
    reports: [],
  },
  {
    change: 'a default changes that another default is completed with',
    older: `${leads('range: Range = {}')} input Range { to: Int = 1 }`,
    newer: `${leads('range: Range = {}')} input Range { to: Int = 2 }`,
    reports: ['dangerous ARGUMENT_DEFAULT_CHANGED Query.leads(range:)', 'dangerous INPUT_FIELD_DEFAULT_CHANGED Range.to'],
  },
  {
    change: 'the default of an input field changes',
    older: filter('limit: Int = 20'),
    newer: filter('limit: Int = 50'),
    reports: ['dangerous INPUT_FIELD_DEFAULT_CHANGED Filter.limit'],
    disagree: { graphql: 'safe', because: silentOnInputFields },
  },
  {
    change: 'an optional input field gets a default',
    older: filter('limit: Int'),
    newer: filter('limit: Int = 20'),
    reports: ['dangerous INPUT_FIELD_DEFAULT_ADDED Filter.limit'],
    disagree: { graphql: 'safe', because: silentOnInputFields },
  },
  {
    change: 'an optional input field loses its default',
    older: filter('limit: Int = 20'),
    newer: filter('limit: Int'),
    reports: ['dangerous INPUT_FIELD_DEFAULT_REMOVED Filter.limit'],
    disagree: { graphql: 'safe', because: silentOnInputFields },
  },
  {
    change: 'a required input field gets a default',
    older: filter('limit: Int!'),
    newer: filter('limit: Int! = 20'),
    reports: ['safe INPUT_FIELD_DEFAULT_ADDED Filter.limit'],
    disagree: { inspector: 'dangerous', because: nobodyLeftItOut },
  },
  {
    change: 'a non-null input field loses its default',
    older: filter('limit: Int! = 20'),
    newer: filter('limit: Int!'),
    reports: ['breaking INPUT_FIELD_MADE_REQUIRED Filter.limit'],
    refuses: '{ leads(filter: {}) }',
    disagree: { graphql: 'safe', inspector: 'dangerous', because: nowRequired },
  },
];
