import { GraphQLScalarType, buildSchema, isInterfaceType, isObjectType } from 'graphql';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { LifecycleEntry } from '../../../src/evolution/lifecycle.ts';

const typeDefs = /* GraphQL */ `
  "A record that can be found by its id."
  interface Node {
    id: ID!
  }

  "A choice of a tenant's."
  interface Choice {
    key: String!
    label: String!
  }

  "Somebody who may buy."
  type Lead implements Node {
    id: ID!
    name: String!
    createdAt: Instant
    "The industry as a string."
    industry: String
    industryRef: Industry
    notes(first: Int = 10, industry: String, industryRef: ChoiceRefInput): [String!]!
  }

  type Industry implements Choice & Node {
    id: ID!
    key: String!
    label: String!
  }

  type Source implements Choice {
    key: String!
    label: String!
  }

  type Note implements Node {
    id: ID!
  }

  union SearchResult = Lead | Industry

  scalar Instant @specifiedBy(url: "https://www.rfc-editor.org/rfc/rfc3339")

  enum LeadOrderField {
    NAME
    INDUSTRY
  }

  enum ChoiceType {
    INDUSTRY
  }

  "One of the two."
  input ChoiceRefInput @oneOf {
    id: ID
    key: String
  }

  input LeadFilter {
    industry: String
    industryRef: ChoiceRefInput
    name: String
  }

  input LeadOrder {
    field: LeadOrderField! = NAME
    descending: Boolean! = false
  }

  input UpdateLeadInput {
    name: String
    industry: String
  }

  type Query {
    lead(id: ID!, verbose: Boolean! = false): Lead
    leads(first: Int = 20, filter: LeadFilter, orderBy: [LeadOrder!]! = [{ field: NAME }]): [Lead!]!
    node(id: ID!): Node
    search(text: String!): [SearchResult!]!
    choices(type: ChoiceType!): [Choice!]!
    echo(value: Int! = 1): Int
    fail(how: String!): String
    wait(milliseconds: Int!): String
    parent: Query!
  }

  type Mutation {
    updateLead(id: ID!, input: UpdateLeadInput!): Lead
    reorderChoices(type: ChoiceType!): Boolean
  }
`;

/** When the members of the toy schema came, and when they go: one of each kind. */
export const toyLifecycle: readonly LifecycleEntry[] = [
  ['Lead.industryRef', { introduced: '2026-11' }],
  ['Lead.notes(industryRef:)', { introduced: '2026-11' }],
  ['LeadFilter.industryRef', { introduced: '2026-11' }],
  ['Query.choices', { introduced: '2026-11' }],
  ['Mutation.reorderChoices', { introduced: '2026-11' }],
  ['Choice', { introduced: '2026-11' }],
  ['ChoiceType', { introduced: '2026-11' }],
  ['Industry', { introduced: '2026-11' }],
  ['Lead.industry', deprecatedFor('industryRef { key label }')],
  ['Lead.notes(industry:)', deprecatedFor('industryRef')],
  ['LeadFilter.industry', deprecatedFor('industryRef: { key: … }')],
  ['UpdateLeadInput.industry', deprecatedFor('industryRef')],
  ['LeadOrderField.INDUSTRY', deprecatedFor('INDUSTRY_REF')],
];

/** A new schema with resolvers and with each kind of member, and nothing of the CRM. */
export function createToySchema(resolvers: Readonly<Record<string, GraphQLFieldResolver<unknown, never>>> = {}): GraphQLSchema {
  const schema = buildSchema(typeDefs);
  const instant = schema.getType('Instant') as GraphQLScalarType<unknown, unknown>;
  instant.serialize = (value) => (value as Date).toISOString();

  for (const type of Object.values(schema.getTypeMap()))
    if (isInterfaceType(type)) type.resolveType = (value: unknown) => (value as { kind: string }).kind;
  const search = schema.getType('SearchResult') as unknown as { resolveType: (value: unknown) => string };
  search.resolveType = (value) => (value as { kind: string }).kind;

  const lead = { kind: 'Lead', id: '1', name: 'Ada', createdAt: new Date(0), industry: 'tech', industryRef: industry(), notes: [] };
  const defaults: Record<string, GraphQLFieldResolver<unknown, never>> = {
    'Query.lead': (_source, { id }) => (id === '1' ? lead : null),
    'Query.leads': () => [lead],
    'Query.node': () => lead,
    'Query.search': () => [lead],
    'Query.choices': () => [industry()],
    'Query.echo': (_source, { value }) => value as number,
    'Query.parent': () => ({}),
    'Mutation.updateLead': (_source, { input }) => ({ ...lead, ...(input as object) }),
  };
  for (const [coordinate, resolve] of Object.entries({ ...defaults, ...resolvers })) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new TypeError(`The toy schema has no object type ${typeName}`);
    type.getFields()[fieldName]!.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
  return schema;
}

function industry() {
  return { kind: 'Industry', id: '7', key: 'tech', label: 'Technology' };
}

function deprecatedFor(replacement: string) {
  return { deprecated: { since: '2026-11', sunset: '2027-07', replacement } };
}
