import type { SeverityRow } from './severity-row.ts';

const search = (members: string): string =>
  `type Query { search: Found } union Found = ${members} type Lead { id: ID } type Task { id: ID due: Int }`;
const nodes = (types: string): string => `type Query { node: Node lead: Lead } interface Node { id: ID } ${types}`;
const choices = (industry: string): string =>
  `type Query { choice: Choice node: Node } interface Node { id: ID } ${industry} type Industry implements Choice & Node { id: ID key: ID }`;

const objectsDecide =
  'which objects a fragment can match follows from what the objects implement, and those have not changed; no operation is refused or answers otherwise';

export const abstractTypeRows: readonly SeverityRow[] = [
  {
    change: 'a type is added to a union',
    older: search('Lead'),
    newer: search('Lead | Task'),
    reports: ['dangerous UNION_MEMBER_ADDED Found'],
  },
  {
    change: 'a new type is added to a union',
    older: 'type Query { search: Found } union Found = Lead type Lead { id: ID }',
    newer: 'type Query { search: Found } union Found = Lead | Task type Lead { id: ID } type Task { id: ID }',
    reports: ['dangerous UNION_MEMBER_ADDED Found', 'safe TYPE_ADDED Task'],
  },
  {
    change: 'a type is removed from a union',
    older: search('Lead | Task'),
    newer: search('Lead'),
    reports: ['breaking UNION_MEMBER_REMOVED Found'],
    refuses: '{ search { ... on Task { due } } }',
  },
  {
    change: 'a type is removed, and with it from a union',
    older: 'type Query { search: Found } union Found = Lead | Task type Lead { id: ID } type Task { id: ID }',
    newer: 'type Query { search: Found } union Found = Lead type Lead { id: ID }',
    reports: ['breaking TYPE_REMOVED Task'],
    refuses: '{ search { ... on Task { id } } }',
  },
  {
    change: 'a type is replaced in a union',
    older: search('Lead'),
    newer: search('Task'),
    reports: ['breaking UNION_MEMBER_REMOVED Found', 'dangerous UNION_MEMBER_ADDED Found'],
    refuses: '{ search { ... on Lead { id } } }',
  },
  {
    change: 'the types of a union are listed in another order',
    older: search('Lead | Task'),
    newer: search('Task | Lead'),
    reports: [],
  },
  {
    change: 'an object joins an interface',
    older: nodes('type Lead { id: ID } type Task implements Node { id: ID }'),
    newer: nodes('type Lead implements Node { id: ID } type Task implements Node { id: ID }'),
    reports: ['dangerous INTERFACE_ADDED Lead'],
  },
  {
    change: 'an object joins an interface that is new',
    older: 'type Query { lead: Lead } type Lead { id: ID }',
    newer: 'type Query { lead: Lead node: Node } interface Node { id: ID } type Lead implements Node { id: ID }',
    reports: ['safe INTERFACE_ADDED Lead', 'safe TYPE_ADDED Node', 'safe FIELD_ADDED Query.node'],
    disagree: {
      graphql: 'dangerous',
      inspector: 'dangerous',
      because: 'no operation selects through an interface that there was not: nobody meets the object where it was not before',
    },
  },
  {
    change: 'a new object implements an interface',
    older: nodes('type Lead implements Node { id: ID }'),
    newer: nodes('type Lead implements Node { id: ID } type Task implements Node { id: ID }'),
    reports: ['dangerous INTERFACE_ADDED Task', 'safe TYPE_ADDED Task'],
    disagree: {
      graphql: 'safe',
      inspector: 'safe',
      because: 'a field of the interface may answer with the new type, just as with a type that is added to a union',
    },
  },
  {
    change: 'a new object implements a new interface',
    older: '',
    newer: 'interface Node { id: ID } type Task implements Node { id: ID }',
    reports: ['safe TYPE_ADDED Node', 'safe TYPE_ADDED Task'],
  },
  {
    change: 'an object leaves an interface',
    older: nodes('type Lead implements Node { id: ID } type Task implements Node { id: ID }'),
    newer: nodes('type Lead { id: ID } type Task implements Node { id: ID }'),
    reports: ['breaking INTERFACE_REMOVED Lead'],
    refuses: '{ node { ... on Lead { id } } }',
  },
  {
    change: 'an interface is removed, and with it from its objects',
    older: 'type Query { lead: Lead } interface Node { id: ID } type Lead implements Node { id: ID }',
    newer: 'type Query { lead: Lead } type Lead { id: ID }',
    reports: ['breaking TYPE_REMOVED Node'],
    refuses: '{ lead { ... on Node { id } } }',
  },
  {
    change: 'an interface joins another that its objects implement already',
    older: choices('interface Choice { id: ID key: ID }'),
    newer: choices('interface Choice implements Node { id: ID key: ID }'),
    reports: ['safe INTERFACE_ADDED Choice'],
    disagree: { graphql: 'dangerous', inspector: 'dangerous', because: objectsDecide },
  },
  {
    change: 'an interface leaves another that its objects still implement',
    older: choices('interface Choice implements Node { id: ID key: ID }'),
    newer: choices('interface Choice { id: ID key: ID }'),
    reports: ['safe INTERFACE_REMOVED Choice'],
    keeps: '{ node { ... on Choice { key } } choice { ... on Node { id } } }',
    disagree: { graphql: 'breaking', inspector: 'breaking', because: objectsDecide },
  },
  {
    change: 'a field is added to an interface and its object',
    older: nodes('type Lead implements Node { id: ID }'),
    newer: 'type Query { node: Node lead: Lead } interface Node { id: ID at: Int } type Lead implements Node { id: ID at: Int }',
    reports: ['safe FIELD_ADDED Lead.at', 'safe FIELD_ADDED Node.at'],
  },
  {
    change: 'a field is removed from an interface and stays in its object',
    older: 'type Query { node: Node } interface Node { id: ID at: Int } type Lead implements Node { id: ID at: Int }',
    newer: 'type Query { node: Node } interface Node { id: ID } type Lead implements Node { id: ID at: Int }',
    reports: ['breaking FIELD_REMOVED Node.at'],
    refuses: '{ node { at } }',
  },
];
