import type { SeverityRow } from './severity-row.ts';

/** A schema whose one field takes these arguments. */
const leads = (argumentList: string): string => `type Query { leads(${argumentList}): Int }`;

export const argumentRows: readonly SeverityRow[] = [
  {
    change: 'a required argument is added',
    older: 'type Query { leads: Int }',
    newer: leads('tenant: ID!'),
    reports: ['breaking REQUIRED_ARGUMENT_ADDED Query.leads(tenant:)'],
    refuses: '{ leads }',
  },
  {
    change: 'an optional argument is added',
    older: 'type Query { leads: Int }',
    newer: leads('search: String'),
    reports: ['safe OPTIONAL_ARGUMENT_ADDED Query.leads(search:)'],
    disagree: {
      graphql: 'dangerous',
      inspector: 'dangerous',
      because:
        'every operation leaves it out already, and without a default that means what it meant; a filter added in each version must not drown what is dangerous',
    },
  },
  {
    change: 'an optional argument with a default is added',
    older: 'type Query { leads: Int }',
    newer: leads('first: Int = 20'),
    reports: ['dangerous OPTIONAL_ARGUMENT_ADDED Query.leads(first:)'],
  },
  {
    change: 'a non-null argument with a default is added',
    older: 'type Query { leads: Int }',
    newer: leads('first: Int! = 20'),
    reports: ['dangerous OPTIONAL_ARGUMENT_ADDED Query.leads(first:)'],
  },
  {
    change: 'an argument is removed',
    older: leads('search: String, first: Int'),
    newer: leads('first: Int'),
    reports: ['breaking ARGUMENT_REMOVED Query.leads(search:)'],
    refuses: '{ leads(search: "a") }',
  },
  {
    change: 'a deprecated argument is removed',
    older: leads('search: String @deprecated(reason: "Use filter."), first: Int'),
    newer: leads('first: Int'),
    reports: ['breaking ARGUMENT_REMOVED Query.leads(search:)'],
    refuses: '{ leads(search: "a") }',
  },
  {
    change: 'an argument is removed whose name another begins with',
    older: leads('search: String, searchAll: String'),
    newer: leads('searchAll: String'),
    reports: ['breaking ARGUMENT_REMOVED Query.leads(search:)'],
    refuses: '{ leads(search: "a") }',
  },
  {
    change: 'an argument is renamed',
    older: leads('search: String'),
    newer: leads('text: String'),
    reports: ['breaking ARGUMENT_REMOVED Query.leads(search:)', 'safe OPTIONAL_ARGUMENT_ADDED Query.leads(text:)'],
    refuses: '{ leads(search: "a") }',
  },
  {
    change: 'an argument is removed from an interface and the object that implements it',
    older: 'interface Node { name(upper: Boolean): Int } type Lead implements Node { name(upper: Boolean): Int }',
    newer: 'interface Node { name: Int } type Lead implements Node { name: Int }',
    reports: ['breaking ARGUMENT_REMOVED Lead.name(upper:)', 'breaking ARGUMENT_REMOVED Node.name(upper:)'],
  },
  {
    change: 'an argument takes Float instead of Int',
    older: leads('first: Int'),
    newer: leads('first: Float'),
    reports: ['breaking ARGUMENT_TYPE_CHANGED Query.leads(first:)'],
    refuses: 'query ($first: Int) { leads(first: $first) }',
  },
  {
    change: 'an argument takes String instead of ID',
    older: leads('id: ID!'),
    newer: leads('id: String!'),
    reports: ['breaking ARGUMENT_TYPE_CHANGED Query.leads(id:)'],
    refuses: '{ leads(id: 1) }',
  },
  {
    change: 'an argument takes a list instead of one value',
    older: leads('key: String'),
    newer: leads('key: [String]'),
    reports: ['breaking ARGUMENT_TYPE_CHANGED Query.leads(key:)'],
    refuses: 'query ($key: String) { leads(key: $key) }',
  },
  {
    change: 'an argument takes one value instead of a list',
    older: leads('key: [String]'),
    newer: leads('key: String'),
    reports: ['breaking ARGUMENT_TYPE_CHANGED Query.leads(key:)'],
    refuses: '{ leads(key: ["a"]) }',
  },
  {
    change: 'an argument takes another input type, and the former is gone',
    older: `${leads('filter: LeadFilter')} input LeadFilter { name: String }`,
    newer: `${leads('filter: LeadWhere')} input LeadWhere { name: String }`,
    reports: ['breaking TYPE_REMOVED LeadFilter', 'breaking ARGUMENT_TYPE_CHANGED Query.leads(filter:)', 'safe TYPE_ADDED LeadWhere'],
    refuses: 'query ($filter: LeadFilter) { leads(filter: $filter) }',
  },
  {
    change: 'an optional argument becomes required',
    older: leads('first: Int'),
    newer: leads('first: Int!'),
    reports: ['breaking ARGUMENT_MADE_REQUIRED Query.leads(first:)'],
    refuses: '{ leads }',
  },
  {
    change: 'an argument with a default no longer takes null',
    older: leads('first: Int = 20'),
    newer: leads('first: Int! = 20'),
    reports: ['breaking ARGUMENT_NULLABILITY_TIGHTENED Query.leads(first:)'],
    refuses: '{ leads(first: null) }',
  },
  {
    change: 'a required argument becomes optional',
    older: leads('first: Int!'),
    newer: leads('first: Int'),
    reports: ['safe ARGUMENT_NULLABILITY_LOOSENED Query.leads(first:)'],
  },
  {
    change: 'a non-null argument with a default takes null as well',
    older: leads('first: Int! = 20'),
    newer: leads('first: Int = 20'),
    reports: ['safe ARGUMENT_NULLABILITY_LOOSENED Query.leads(first:)'],
  },
  {
    change: 'the items of a list argument no longer take null',
    older: leads('ids: [ID]'),
    newer: leads('ids: [ID!]'),
    reports: ['breaking ARGUMENT_NULLABILITY_TIGHTENED Query.leads(ids:)'],
    refuses: '{ leads(ids: [null]) }',
  },
  {
    change: 'the items of a list argument take null as well',
    older: leads('ids: [ID!]!'),
    newer: leads('ids: [ID]!'),
    reports: ['safe ARGUMENT_NULLABILITY_LOOSENED Query.leads(ids:)'],
  },
  {
    change: 'a list argument takes null items, but no longer null',
    older: leads('ids: [ID!]'),
    newer: leads('ids: [ID]!'),
    reports: ['breaking ARGUMENT_TYPE_CHANGED Query.leads(ids:)'],
    refuses: '{ leads }',
  },
  {
    change: 'arguments are listed in another order',
    older: leads('first: Int, after: String'),
    newer: leads('after: String, first: Int'),
    reports: [],
  },
];
