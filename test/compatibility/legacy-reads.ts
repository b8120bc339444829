import type { CorpusOperation } from './corpus-operation.ts';
import { type Kind, recordId } from './dataset.ts';
import { legacyClientReads } from './legacy-client.ts';

/** What a client that knows no dynamic choices asks of each kind of record. */
interface LegacyKind {
  readonly kind: Kind;
  readonly plural: string;
  readonly selection: string;
  readonly orders: readonly string[];
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly search: readonly string[];
}

const COMMON = 'id legacyId version createdAt updatedAt';

export const LEGACY_KINDS: readonly LegacyKind[] = [
  {
    kind: 'lead',
    plural: 'leads',
    selection: `${COMMON} firstName lastName email phone company jobTitle country leadScore annualRevenue industry leadSource status marketingChannel`,
    orders: [
      'CREATED_AT',
      'UPDATED_AT',
      'FIRST_NAME',
      'LAST_NAME',
      'EMAIL',
      'COMPANY',
      'COUNTRY',
      'LEAD_SCORE',
      'ANNUAL_REVENUE',
      'INDUSTRY',
      'LEAD_SOURCE',
      'STATUS',
      'MARKETING_CHANNEL',
    ],
    filters: {
      industry: ['tech', 'telecom', 'Tech ', 'x'.repeat(50), '', ' ', 'other\u00a0', 'cafe\u0301', 'caf\u00e9', 'never seen'],
      leadSource: ['web', 'fax', ''],
      status: ['new', 'NEW', 'nurture'],
      marketingChannel: ['', 'email', 'paid ads', '%'],
    },
    search: ['alpha', '%', '_', 'ÄTHER', '東京', '@acme.example.com', '\\\\', 'nobody has this'],
  },
  {
    kind: 'account',
    plural: 'accounts',
    selection: `${COMMON} name website country industry tier`,
    orders: ['CREATED_AT', 'UPDATED_AT', 'NAME', 'COUNTRY', 'INDUSTRY', 'TIER'],
    filters: { industry: ['tech', 'telecom', '', 'null'], tier: ['free', 'gold', 'Pro', ''] },
    search: ['zulu', 'example.com/%41'],
  },
  {
    kind: 'opportunity',
    plural: 'opportunities',
    selection: `${COMMON} accountId name amount dealSizeCategory account { id name industry tier }`,
    orders: ['CREATED_AT', 'UPDATED_AT', 'NAME', 'AMOUNT', 'DEAL_SIZE_CATEGORY'],
    filters: { accountId: [recordId('account', 3), recordId('account', 999), 'not an id'], dealSizeCategory: ['medium', 'XL', ''] },
    search: ['blue'],
  },
  {
    kind: 'task',
    plural: 'tasks',
    selection: `${COMMON} leadId title priority status taskType lead { id company industry status }`,
    orders: ['CREATED_AT', 'UPDATED_AT', 'TITLE', 'PRIORITY', 'STATUS', 'TASK_TYPE'],
    filters: {
      leadId: [recordId('lead', 5), recordId('lead', 999)],
      priority: ['high', 'High', 'urgent'],
      status: ['todo', 'done'],
      taskType: ['call', 'custom', ''],
    },
    search: ['PRAIRIE'],
  },
];

/** Reads of what 2026-01 does not have: there they are refused. */
const absentReads: readonly CorpusOperation[] = [
  { name: 'a member that 2026-01 does not have', query: '{ leads { nodes { industryRef { key } } } }' },
  { name: 'a query that 2026-01 does not have', query: '{ choices(type: INDUSTRY) { key } }' },
];
export const ABSENT_FROM_2026_01: readonly string[] = absentReads.map(({ name }) => name);

/** Every read that a client of 2026-01 sends. */
export const legacyReads: readonly CorpusOperation[] = [
  ...legacyClientReads,
  { name: 'viewer', query: '{ viewer { subject roles tenant { slug name } } }' },
  ...LEGACY_KINDS.flatMap((kind) => [...readOne(kind), ...readLists(kind), ...readFiltered(kind), ...readOrdered(kind)]),
  {
    name: 'several lists at once, with aliases and fragments',
    query: `{ new: leads(first: 3, filter: { status: "new" }) { ...page } tech: leads(last: 3, filter: { industry: "tech" }) { ...page } tasks(first: 2) { nodes { __typename lead { __typename industry } } } }
      fragment page on LeadConnection { totalCount nodes { id ... on Lead { industry status } } }`,
  },
  ...absentReads,
];

function readOne({ kind, selection }: LegacyKind): CorpusOperation[] {
  const ids = {
    first: recordId(kind, 0),
    another: recordId(kind, 57),
    nobodys: recordId(kind, 99_999),
    malformed: "1'; DROP",
    'upper-case': recordId(kind, 11).toUpperCase(),
  };
  return Object.entries(ids).map(([which, id]) => ({
    name: `${kind}: the ${which} one`,
    query: `{ ${kind}(id: "${id}") { ${selection} } }`,
  }));
}

function readLists({ plural, selection }: LegacyKind): CorpusOperation[] {
  const page = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
  return [
    { name: `${plural}: as they come`, query: `{ ${plural} { nodes { ${selection} } ${page} } }` },
    { name: `${plural}: all at once`, query: `{ ${plural}(first: 500) { totalCount edges { cursor node { ${selection} } } ${page} } }` },
    { name: `${plural}: the last ones`, query: `{ ${plural}(last: 5) { nodes { ${selection} } ${page} } }` },
    { name: `${plural}: none`, query: `{ ${plural}(first: 0) { nodes { id } ${page} } }` },
    {
      name: `${plural}: nulls everywhere`,
      query: `{ ${plural}(first: null, after: null, last: null, before: null, filter: null, orderBy: null) { nodes { id } ${page} } }`,
    },
    { name: `${plural}: counted only`, query: `{ ${plural}(first: 1) { totalCount } }` },
    { name: `${plural}: negative`, query: `{ ${plural}(first: -1) { nodes { id } } }` },
    { name: `${plural}: too many`, query: `{ ${plural}(last: 501) { nodes { id } } }` },
    { name: `${plural}: both ends`, query: `{ ${plural}(first: 1, last: 1) { nodes { id } } }` },
    { name: `${plural}: a bad cursor`, query: `{ ${plural}(after: "bad") { nodes { id } } }` },
    walk(plural, `${plural}: every page forward`, 'forward', 'id', ''),
    walk(plural, `${plural}: every page backward`, 'backward', 'id', ''),
  ];
}

function readFiltered({ plural, selection, filters, search }: LegacyKind): CorpusOperation[] {
  const list = (filter: string) => `{ ${plural}(first: 200, filter: { ${filter} }) { totalCount nodes { ${selection} } } }`;
  return [
    ...search.map((text) => ({ name: `${plural}: search ${text}`, query: list(`search: "${text}"`) })),
    ...Object.entries(filters).flatMap(([member, values]) =>
      values.map((value) => ({
        name: `${plural}: ${member} is ${JSON.stringify(value)}`,
        query: list(`${member}: ${JSON.stringify(value)}`),
      })),
    ),
    {
      name: `${plural}: every filter at once`,
      query: list(
        Object.entries(filters)
          .map(([member, [value]]) => `${member}: ${JSON.stringify(value)}`)
          .join(', ') + ', search: "a"',
      ),
    },
  ];
}

function readOrdered({ plural, orders }: LegacyKind): CorpusOperation[] {
  const [first, second] = [orders.at(-1)!, orders[0]!];
  return [
    ...orders.map((order) => walk(plural, `${plural}: by ${order}`, 'forward', 'id', `orderBy: { field: ${order} }`)),
    ...orders.map((order) =>
      walk(plural, `${plural}: by ${order}, from the end`, 'backward', 'id', `orderBy: [{ field: ${order}, direction: DESC }]`),
    ),
    walk(
      plural,
      `${plural}: by two, both ways`,
      'forward',
      'id',
      `orderBy: [{ field: ${first}, direction: DESC }, { field: ${second}, direction: ASC }]`,
    ),
    walk(
      plural,
      `${plural}: by two, the other way round`,
      'backward',
      'id',
      `orderBy: [{ field: ${second}, direction: DESC }, { field: ${first} }]`,
    ),
    { name: `${plural}: by one twice`, query: `{ ${plural}(orderBy: [{ field: ${first} }, { field: ${first} }]) { nodes { id } } }` },
  ];
}

/** Reads a list from page to page. */
export function walk(
  connection: string,
  name: string,
  direction: 'forward' | 'backward',
  selection: string,
  more: string,
): CorpusOperation {
  const page = direction === 'forward' ? 'first: 45, after: $cursor' : 'last: 45, before: $cursor';
  return {
    name,
    query: `query ($cursor: String) { ${connection}(${page} ${more}) { edges { cursor node { ${selection} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    pages: { connection, direction },
  };
}
