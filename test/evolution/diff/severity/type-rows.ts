import type { SeverityRow } from './severity-row.ts';

const url = (path: string): string => `@specifiedBy(url: "https://example.org/${path}")`;

export const typeRows: readonly SeverityRow[] = [
  {
    change: 'a type is added',
    older: '',
    newer: 'type Lead { id: ID }',
    reports: ['safe TYPE_ADDED Lead'],
  },
  {
    change: 'an input type that takes exactly one of its fields is added',
    older: '',
    newer: 'input Ref @oneOf { id: ID key: String }',
    reports: ['safe TYPE_ADDED Ref'],
  },
  {
    change: 'a type is removed, and the field that answered with it',
    older: 'type Query { ok: Int lead: Lead } type Lead { id: ID name(upper: Int): String }',
    newer: 'type Query { ok: Int }',
    reports: ['breaking TYPE_REMOVED Lead', 'breaking FIELD_REMOVED Query.lead'],
    refuses: '{ lead { id } }',
  },
  {
    change: 'a type is removed whose name another begins with',
    older: 'type Query { ok: Int } type Lead { id: ID } type LeadEdge { id: ID }',
    newer: 'type Query { ok: Int } type LeadEdge { id: ID }',
    reports: ['breaking TYPE_REMOVED Lead'],
  },
  {
    change: 'an enum becomes a scalar',
    older: 'type Query { status: Status } enum Status { NEW }',
    newer: 'type Query { status: Status } scalar Status',
    reports: ['breaking TYPE_KIND_CHANGED Status'],
  },
  {
    change: 'an object becomes an interface',
    older: 'type Query { lead: Lead } type Lead { id: ID }',
    newer: 'type Query { lead: Lead } interface Lead { id: ID } type NewLead implements Lead { id: ID }',
    reports: ['breaking TYPE_KIND_CHANGED Lead', 'safe TYPE_ADDED NewLead'],
  },
  {
    change: 'a union becomes an interface',
    older: 'type Query { found: Found } union Found = Lead type Lead { id: ID }',
    newer: 'type Query { found: Found } interface Found { id: ID } type Lead implements Found { id: ID }',
    reports: ['breaking TYPE_KIND_CHANGED Found', 'safe INTERFACE_ADDED Lead'],
  },
  {
    change: 'a scalar names its specification',
    older: 'type Query { at: Time } scalar Time',
    newer: `type Query { at: Time } scalar Time ${url('a')}`,
    reports: ['safe SPECIFIED_BY_ADDED Time'],
    disagree: { inspector: 'dangerous', because: 'to write down the format of the values does not change one of them' },
  },
  {
    change: 'a scalar names another specification',
    older: `type Query { at: Time } scalar Time ${url('a')}`,
    newer: `type Query { at: Time } scalar Time ${url('b')}`,
    reports: ['dangerous SPECIFIED_BY_CHANGED Time'],
    disagree: {
      graphql: 'safe',
      because: 'graphql-js does not compare @specifiedBy; values of another format reach parsers of the former one',
    },
  },
  {
    change: 'a scalar no longer names its specification',
    older: `type Query { at: Time } scalar Time ${url('a')}`,
    newer: 'type Query { at: Time } scalar Time',
    reports: ['dangerous SPECIFIED_BY_REMOVED Time'],
    disagree: {
      graphql: 'safe',
      because: 'graphql-js does not compare @specifiedBy; the format that parsers rely on is promised no longer',
    },
  },
  {
    change: 'mutations are added',
    older: 'type Query { ok: Int }',
    newer: 'type Query { ok: Int } type Mutation { createLead: Int }',
    reports: ['safe ROOT_OPERATION_ADDED Mutation', 'safe TYPE_ADDED Mutation'],
  },
  {
    change: 'mutations are removed',
    older: 'type Query { ok: Int } type Mutation { createLead: Int }',
    newer: 'type Query { ok: Int }',
    reports: ['breaking ROOT_OPERATION_REMOVED Mutation', 'breaking TYPE_REMOVED Mutation'],
    refuses: 'mutation { createLead }',
  },
  {
    change: 'subscriptions are removed',
    older: 'type Query { ok: Int } type Subscription { leads: Int }',
    newer: 'type Query { ok: Int }',
    reports: ['breaking ROOT_OPERATION_REMOVED Subscription', 'breaking TYPE_REMOVED Subscription'],
    refuses: 'subscription { leads }',
  },
  {
    change: 'mutations are removed, and their type stays',
    older: 'schema { query: Query mutation: Mutation } type Query { ok: Int } type Mutation { createLead: Int }',
    newer: 'schema { query: Query } type Query { ok: Int } type Mutation { createLead: Int }',
    reports: ['breaking ROOT_OPERATION_REMOVED Mutation'],
    refuses: 'mutation { createLead }',
    disagree: { graphql: 'safe', because: 'graphql-js does not compare the root operations, yet every mutation is refused' },
  },
  {
    change: 'the type that mutations begin with is exchanged',
    older: 'schema { query: Query mutation: A } type Query { ok: Int } type A { createLead: Int } type B { createTask: Int }',
    newer: 'schema { query: Query mutation: B } type Query { ok: Int } type A { createLead: Int } type B { createTask: Int }',
    reports: ['breaking ROOT_OPERATION_TYPE_CHANGED A'],
    refuses: 'mutation { createLead }',
    disagree: { graphql: 'safe', because: 'graphql-js does not compare the root operations, yet every mutation is refused' },
  },
  {
    change: 'the type that queries begin with is renamed',
    older: 'schema { query: Query } type Query { ok: Int }',
    newer: 'schema { query: Root } type Root { ok: Int }',
    reports: ['breaking ROOT_OPERATION_TYPE_CHANGED Query', 'breaking TYPE_REMOVED Query', 'safe TYPE_ADDED Root'],
    refuses: '{ ... on Query { ok } }',
  },
];
