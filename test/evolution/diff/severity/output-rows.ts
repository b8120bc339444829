import type { SeverityRow } from './severity-row.ts';

const lead = (fields: string): string => `type Query { lead: Lead } type Lead { id: ID ${fields} }`;
const found = (lead: string, account: string): string =>
  `type Query { found: Found } union Found = Lead | Account type Lead { name: ${lead} } type Account { name: ${account} }`;
const named = (named: string, lead: string): string =>
  `type Query { named: Named } interface Named { name: ${named} } type Lead implements Named { name: ${lead} }`;

const mustMerge =
  'fields that meet under one name must agree in nullability (the specification\'s "SameResponseShape"), so that a common operation is refused';

export const outputRows: readonly SeverityRow[] = [
  {
    change: 'a field is added',
    older: lead(''),
    newer: lead('name: String'),
    reports: ['safe FIELD_ADDED Lead.name'],
  },
  {
    change: 'a field with a required argument is added',
    older: lead(''),
    newer: lead('name(style: Int!): String'),
    reports: ['safe FIELD_ADDED Lead.name'],
  },
  {
    change: 'a field is removed',
    older: lead('name: String'),
    newer: lead(''),
    reports: ['breaking FIELD_REMOVED Lead.name'],
    refuses: '{ lead { name } }',
  },
  {
    change: 'a deprecated field is removed',
    older: lead('industry: String @deprecated(reason: "Use `industryRef`.")'),
    newer: lead(''),
    reports: ['breaking FIELD_REMOVED Lead.industry'],
    refuses: '{ lead { industry } }',
  },
  {
    change: 'a field is removed whose name another begins with',
    older: lead('industry: String industryRef: ID'),
    newer: lead('industryRef: ID'),
    reports: ['breaking FIELD_REMOVED Lead.industry'],
    refuses: '{ lead { industry } }',
  },
  {
    change: 'a field is removed whose name begins with that of another',
    older: lead('industry: String industryRef: ID'),
    newer: lead('industry: String'),
    reports: ['breaking FIELD_REMOVED Lead.industryRef'],
    refuses: '{ lead { industryRef } }',
  },
  {
    change: 'a field is renamed',
    older: lead('name: String'),
    newer: lead('names: String'),
    reports: ['breaking FIELD_REMOVED Lead.name', 'safe FIELD_ADDED Lead.names'],
    refuses: '{ lead { name } }',
  },
  {
    change: 'a field becomes nullable',
    older: lead('name: String!'),
    newer: lead('name: String'),
    reports: ['breaking FIELD_NULLABILITY_LOOSENED Lead.name'],
  },
  {
    change: 'a field becomes non-null',
    older: lead('name: String'),
    newer: lead('name: String!'),
    reports: ['safe FIELD_NULLABILITY_TIGHTENED Lead.name'],
  },
  {
    change: 'the items of a list field become nullable',
    older: lead('tags: [String!]!'),
    newer: lead('tags: [String]!'),
    reports: ['breaking FIELD_NULLABILITY_LOOSENED Lead.tags'],
  },
  {
    change: 'the items of a list field become non-null',
    older: lead('tags: [String]'),
    newer: lead('tags: [String!]'),
    reports: ['safe FIELD_NULLABILITY_TIGHTENED Lead.tags'],
  },
  {
    change: 'a list field and its items become non-null',
    older: lead('tags: [String]'),
    newer: lead('tags: [String!]!'),
    reports: ['safe FIELD_NULLABILITY_TIGHTENED Lead.tags'],
  },
  {
    change: 'a list field becomes non-null and its items nullable',
    older: lead('tags: [String!]'),
    newer: lead('tags: [String]!'),
    reports: ['breaking FIELD_TYPE_CHANGED Lead.tags'],
  },
  {
    change: 'a field answers with a list instead of one value',
    older: lead('tag: String'),
    newer: lead('tag: [String]'),
    reports: ['breaking FIELD_TYPE_CHANGED Lead.tag'],
  },
  {
    change: 'a field answers with one value instead of a list',
    older: lead('tag: [String]'),
    newer: lead('tag: String'),
    reports: ['breaking FIELD_TYPE_CHANGED Lead.tag'],
  },
  {
    change: 'a field answers with Float instead of Int',
    older: lead('score: Int'),
    newer: lead('score: Float'),
    reports: ['breaking FIELD_TYPE_CHANGED Lead.score'],
  },
  {
    change: 'a field answers with an object instead of a string',
    older: `${lead('industry: String')} type Industry { key: String }`,
    newer: `${lead('industry: Industry')} type Industry { key: String }`,
    reports: ['breaking FIELD_TYPE_CHANGED Lead.industry'],
    refuses: '{ lead { industry } }',
  },
  {
    change: 'a field answers with an interface instead of an object that implements it',
    older: 'type Query { owner: User } interface Actor { id: ID } type User implements Actor { id: ID name: String }',
    newer: 'type Query { owner: Actor } interface Actor { id: ID } type User implements Actor { id: ID name: String }',
    reports: ['breaking FIELD_TYPE_CHANGED Query.owner'],
    refuses: '{ owner { name } }',
  },
  {
    change: 'a field answers with one object of its interface',
    older:
      'type Query { owner: Actor } interface Actor { id: ID } type User implements Actor { id: ID } type Bot implements Actor { id: ID }',
    newer:
      'type Query { owner: User } interface Actor { id: ID } type User implements Actor { id: ID } type Bot implements Actor { id: ID }',
    reports: ['breaking FIELD_TYPE_CHANGED Query.owner'],
    refuses: '{ owner { ... on Bot { id } } }',
  },
  {
    change: 'a field becomes non-null beside the same field of another union member',
    older: found('String', 'String'),
    newer: found('String!', 'String'),
    reports: ['breaking FIELD_NULLABILITY_TIGHTENED Lead.name'],
    refuses: '{ found { ... on Lead { name } ... on Account { name } } }',
    disagree: { graphql: 'safe', inspector: 'safe', because: mustMerge },
  },
  {
    change: 'a field becomes non-null beside the same field of its interface',
    older: named('String', 'String'),
    newer: named('String', 'String!'),
    reports: ['breaking FIELD_NULLABILITY_TIGHTENED Lead.name'],
    refuses: '{ named { name ... on Lead { name } } }',
    disagree: { graphql: 'safe', inspector: 'safe', because: mustMerge },
  },
  {
    change: 'a field becomes non-null in every type that an operation can select it from at once',
    older: found('String', 'String'),
    newer: found('String!', 'String!'),
    reports: ['safe FIELD_NULLABILITY_TIGHTENED Account.name', 'safe FIELD_NULLABILITY_TIGHTENED Lead.name'],
  },
  {
    change: 'a field of an object becomes non-null as that of another union member is, so that they can meet',
    older: found('String', 'String!'),
    newer: found('String!', 'String!'),
    reports: ['safe FIELD_NULLABILITY_TIGHTENED Lead.name'],
  },
  {
    change: 'fields and types are listed in another order',
    older: 'type Query { a: A b: B } type A { x: Int y: Int } type B { z: Int }',
    newer: 'type B { z: Int } type A { y: Int x: Int } type Query { b: B a: A }',
    reports: [],
  },
];
