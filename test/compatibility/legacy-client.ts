import type { CorpusOperation } from './corpus-operation.ts';
import { type Kind, recordId } from './dataset.ts';

/** An application of 2026-01: its documents name their operations, share fragments, and take all values as variables. */
interface ClientRecord {
  readonly kind: Kind;
  readonly name: string;
  readonly list: string;
  readonly members: string;
  readonly filter: Readonly<Record<string, unknown>>;
  readonly orderBy: readonly Readonly<Record<string, string>>[];
  readonly create: Readonly<Record<string, unknown>>;
  /** By what is written of choices. */
  readonly updates: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const RECORDS: readonly ClientRecord[] = [
  {
    kind: 'lead',
    name: 'Lead',
    list: 'leads',
    members: 'company industry leadSource status marketingChannel',
    filter: { industry: 'tech' },
    orderBy: [{ field: 'INDUSTRY', direction: 'DESC' }, { field: 'COMPANY' }],
    create: { firstName: 'Ada', lastName: 'L', email: 'a@b.c', company: 'Engines', industry: 'tech', leadSource: 'web' },
    updates: {
      'a key': { industry: 'finance', company: 'Renamed' },
      'an alias': { industry: 'telecom', status: 'NEW' },
      'no choice': { marketingChannel: null, company: 'Renamed' },
      'an unknown value': { industry: 'never seen', company: 'Renamed' },
    },
  },
  {
    kind: 'account',
    name: 'Account',
    list: 'accounts',
    members: 'name industry tier',
    filter: { tier: 'pro' },
    orderBy: [{ field: 'TIER' }],
    create: { name: 'Engines Ltd', industry: 'tech', tier: null },
    updates: { 'a key': { tier: 'pro' }, 'an empty string': { tier: '', industry: '' } },
  },
  {
    kind: 'opportunity',
    name: 'Opportunity',
    list: 'opportunities',
    members: 'name dealSizeCategory account { name tier industry }',
    filter: { dealSizeCategory: 'large' },
    orderBy: [{ field: 'DEAL_SIZE_CATEGORY', direction: 'ASC' }],
    create: { name: 'Big deal', accountId: recordId('account', 1), dealSizeCategory: 'large' },
    updates: { 'a key': { dealSizeCategory: 'large', amount: '1.50' }, 'no choice': { dealSizeCategory: null } },
  },
  {
    kind: 'task',
    name: 'Task',
    list: 'tasks',
    members: 'title priority status taskType lead { company industry status }',
    filter: { status: 'completed', priority: 'urgent' },
    orderBy: [{ field: 'PRIORITY', direction: 'DESC' }],
    create: { title: 'Call', leadId: recordId('lead', 1), taskType: 'custom', priority: 'critical' },
    updates: { 'a key': { status: 'completed' }, 'an alias': { status: 'done', priority: 'urgent' } },
  },
];

export const legacyClientReads: readonly CorpusOperation[] = RECORDS.flatMap(({ kind, name, list, members, filter, orderBy }) => {
  const fragment = `fragment ${name}Card on ${name} { __typename legacyId version ${members} }`;
  const page = `query ${name}Page($filter: ${name}Filter, $orderBy: [${name}Order!], $first: Int = 7, $brief: Boolean = false) {
    page: ${list}(first: $first, filter: $filter, orderBy: $orderBy) {
      totalCount @skip(if: $brief)
      nodes { id ...${name}Card @include(if: true) ... on ${name} { again: id @include(if: $brief) } }
    }
  }
  ${fragment}`;
  return [
    { name: `client: ${kind} page`, query: page, variables: { filter, orderBy, first: 20 } },
    { name: `client: ${kind} page, defaults only`, query: page, variables: {} },
    { name: `client: ${kind} page, nulls`, query: page, variables: { filter: null, orderBy: null, brief: true, first: null } },
    {
      name: `client: ${kind} by id`,
      query: `query One($id: ID!) { ${kind}(id: $id) { ...${name}Card } } ${fragment}`,
      variables: { id: recordId(kind, 4) },
    },
  ];
});

export const legacyClientWrites: readonly CorpusOperation[] = RECORDS.flatMap(({ kind, name, members, create, updates }) => {
  const fragment = `fragment Written on ${name} { version ${members} }`;
  const createOne = `mutation Create${name}($input: Create${name}Input!) { create${name}(input: $input) { ${kind} { ...Written } } } ${fragment}`;
  const updateOne = `mutation Update${name}($id: ID!, $input: Update${name}Input!) {
    update${name}(id: $id, input: $input) { ${kind} { id ...Written } }
  }
  ${fragment}`;
  return [
    { name: `client: create ${kind}`, query: createOne, variables: { input: create } },
    { name: `client: create ${kind}, nothing`, query: createOne, variables: { input: {} } },
    ...Object.entries(updates).map(([what, input]) => ({
      name: `client: update ${kind}, ${what}`,
      query: updateOne,
      variables: { id: recordId(kind, 12), input },
    })),
  ];
});
