import type { CorpusOperation } from './corpus-operation.ts';
import { recordId } from './dataset.ts';
import { walk } from './legacy-reads.ts';

/** Key → id of some choices that the operations name. */
export type ChoiceIds = Readonly<Record<'tech' | 'finance' | 'merged' | 'survivor' | 'inactive' | 'elsewhere', string>>;

const CHOICE = '__typename id key label position active system mergedInto { key }';
const LEAD = `id industry industryRef { ${CHOICE} } industryLabel
  leadSource leadSourceRef { ${CHOICE} color icon conversionRateTarget } leadSourceLabel
  status statusRef { ${CHOICE} color icon isQualified isClosed } statusLabel marketingChannel marketingChannelRef { ${CHOICE} color icon } marketingChannelLabel`;

const KINDS = [
  {
    plural: 'leads',
    singular: 'lead',
    selection: LEAD,
    refs: {
      industryRef: ['tech', 'telco', 'carriers'],
      leadSourceRef: ['web'],
      statusRef: ['new', 'contacted'],
      marketingChannelRef: ['email'],
    },
    orders: ['INDUSTRY', 'LEAD_SOURCE', 'STATUS', 'MARKETING_CHANNEL'],
  },
  {
    plural: 'accounts',
    singular: 'account',
    selection: `id industry industryRef { ${CHOICE} } industryLabel tier tierRef { ${CHOICE} } tierLabel`,
    refs: { industryRef: ['tech'], tierRef: ['free'] },
    orders: ['INDUSTRY', 'TIER'],
  },
  {
    plural: 'opportunities',
    singular: 'opportunity',
    selection: `id dealSizeCategory dealSizeCategoryRef { ${CHOICE} } dealSizeCategoryLabel account { industryRef { key } tierLabel }`,
    refs: { dealSizeCategoryRef: ['medium', 'large'] },
    orders: ['DEAL_SIZE_CATEGORY'],
  },
  {
    plural: 'tasks',
    singular: 'task',
    selection: `id priority priorityRef { ${CHOICE} color } priorityLabel status statusRef { ${CHOICE} color isClosed } statusLabel taskType taskTypeRef { ${CHOICE} } taskTypeLabel lead { industryRef { key label } statusLabel }`,
    refs: { priorityRef: ['high'], statusRef: ['todo'], taskTypeRef: ['custom'] },
    orders: ['PRIORITY', 'STATUS', 'TASK_TYPE'],
  },
] as const;

/** Reads that a client of 2026-11 sends. Once populated they are answered the same, whatever a backfill is doing. */
export function listDynamicReads(ids: ChoiceIds): readonly CorpusOperation[] {
  return [
    ...KINDS.flatMap(readRefs),
    ...Object.entries(ids).map(([which, id]) => filterLeads(`by the id of ${which}`, `industryRef: { id: ["${id}"] }`)),
    filterLeads('by several ids and keys at once', `industryRef: { id: ["${ids.tech}", "${ids.merged}"], key: ["tech", "carriers"] }`),
    filterLeads(
      'by an id, a key and a legacy string that agree',
      `industryRef: { id: ["${ids.survivor}"], isNull: false }, industry: "telecom"`,
    ),
    filterLeads('by ids that nobody can have', 'industryRef: { id: ["", "x", "00000000-0000-0000-0000-000000000000"] }'),
    filterLeads('by no ids', 'industryRef: { id: [] }'),
    filterLeads(
      'by two fields',
      'industryRef: { key: "tech" }, statusRef: { key: ["new", "contacted"] }, marketingChannelRef: { isNull: true }',
    ),
    filterLeads('by nothing, said twice', 'industryRef: {}, statusRef: { id: null, key: null, isNull: null }'),
    filterLeads('by a legacy string and a ref that exclude each other', 'industry: "tech", industryRef: { key: ["finance"] }'),
    walk(
      'leads',
      'leads of one industry, by score, both ways',
      'forward',
      'id industryRef { key }',
      'filter: { industryRef: { key: ["telco", "tech", "finance"] } }, orderBy: [{ field: STATUS, direction: DESC }, { field: LEAD_SCORE }]',
    ),
    walk(
      'leads',
      'leads without a choice, by industry',
      'backward',
      'id industryLabel',
      'filter: { industryRef: { isNull: true } }, orderBy: [{ field: INDUSTRY, direction: DESC }, { field: COMPANY, direction: ASC }]',
    ),
    walk(
      'leads',
      'leads by two choices',
      'backward',
      'id',
      'orderBy: [{ field: MARKETING_CHANNEL }, { field: INDUSTRY, direction: DESC }]',
    ),
    {
      name: 'choices',
      query: `{ a: choices(type: INDUSTRY) { id key label position active system ... on Industry { mergedInto { key } } } b: choices(type: INDUSTRY, includeInactive: true, includeDeleted: true) { __typename key active deleted version } c: choices(type: TASK_TYPE) { key } }`,
    },
    {
      name: 'options',
      query: `{ a: choiceOptions(field: LEAD_INDUSTRY) { source required options { id key label active choice { key } } } b: choiceOptions(field: ACCOUNT_INDUSTRY, current: "${ids.inactive}") { options { key active } } c: choiceOptions(field: ACCOUNT_INDUSTRY, current: "${ids.merged}") { options { key active } } }`,
    },
    { name: 'options of nobody', query: `{ choiceOptions(field: LEAD_INDUSTRY, current: "${ids.elsewhere}") { source } }` },
  ];
}

function readRefs({ plural, singular, selection, refs, orders }: (typeof KINDS)[number]): CorpusOperation[] {
  const list = (filter: string) => `{ ${plural}(first: 200, filter: { ${filter} }) { totalCount nodes { ${selection} } } }`;
  return [
    { name: `${plural}: all refs`, query: `{ ${plural}(first: 500) { nodes { ${selection} } } }` },
    ...[1, 2, 3, 5, 8].map((index) => ({
      name: `${singular} ${index}`,
      query: `{ ${singular}(id: "${recordId(singular, index)}") { ${selection} } }`,
    })),
    ...Object.entries(refs).flatMap(([ref, keys]) => [
      ...keys.map((key: string) => ({ name: `${plural}: ${ref} is ${key}`, query: list(`${ref}: { key: ["${key}"] }`) })),
      { name: `${plural}: ${ref} is nobody's`, query: list(`${ref}: { key: ["never seen", ""] }`) },
      { name: `${plural}: without ${ref}`, query: list(`${ref}: { isNull: true }`) },
      { name: `${plural}: with ${ref}`, query: list(`${ref}: { isNull: false }`) },
    ]),
    ...orders.flatMap((order) => [
      walk(plural, `${plural}: labels by ${order}`, 'forward', 'id', `orderBy: { field: ${order}, direction: DESC }`),
      walk(plural, `${plural}: labels by ${order}, from the end`, 'backward', 'id', `orderBy: { field: ${order} }`),
    ]),
  ];
}

function filterLeads(what: string, filter: string): CorpusOperation {
  return {
    name: `leads ${what}`,
    query: `{ leads(first: 100, filter: { ${filter} }) { totalCount nodes { id industry industryRef { key } } } }`,
  };
}

/** Writes that a client of 2026-11 sends, the refused ones included. */
export function listDynamicWrites(ids: ChoiceIds): readonly CorpusOperation[] {
  const update = (index: number, input: string) =>
    `mutation { updateLead(id: "${recordId('lead', index)}", input: { ${input} }) { lead { id version industry industryRef { key } industryLabel } } }`;
  const inputs = {
    'a key': 'industryRef: { key: "finance" }',
    'an id': `industryRef: { id: "${ids.finance}" }`,
    'a merged id': `industryRef: { id: "${ids.merged}" }`,
    'a merged key': 'industryRef: { key: "carriers" }',
    'an inactive key': 'industryRef: { key: "energy" }',
    'an inactive string': 'industry: "energy"',
    "another tenant's id": `industryRef: { id: "${ids.elsewhere}" }`,
    'an unknown key': 'industryRef: { key: "never seen" }',
    'both agreeing': `industry: "telecom", industryRef: { id: "${ids.merged}" }`,
    'both disagreeing': 'industry: "tech", industryRef: { key: "finance" }',
    null: 'industryRef: null',
    'an alias': 'industry: "telecom"',
  };
  return [
    ...[4, 14, 31].flatMap((index) =>
      Object.entries(inputs).map(([which, input]) => ({ name: `lead ${index} gets ${which}`, query: update(index, input) })),
    ),
    ...Object.entries(inputs).map(([which, input]) => ({
      name: `a new lead with ${which}`,
      query: `mutation { createLead(input: { firstName: "A", lastName: "B", email: "c", company: "D", leadSourceRef: { key: "web" }, ${input} }) { lead { version industry industryRef { key label } leadSource statusRef { key } marketingChannel } } }`,
    })),
    ...EVERY_REF.flatMap(({ kind, name, required, refs, selection }) =>
      [1, 2].map((round) => {
        const input = refs.map(([ref, ...keys]) => `${ref}: { key: "${keys[round - 1]}" }`).join(', ');
        const [operation, target] =
          round === 1 ? ['create', `input: { ${required} ${input} }`] : ['update', `id: "${recordId(kind, 17)}", input: { ${input} }`];
        return {
          name: `${operation} ${kind}: every ref`,
          query: `mutation { ${operation}${name}(${target}) { ${kind} { version ${selection} } } }`,
        };
      }),
    ),
    {
      name: 'an account cleared',
      query: `mutation { updateAccount(id: "${recordId('account', 3)}", input: { tierRef: null, industryRef: null }) { account { tier tierRef { key } industry industryLabel } } }`,
    },
  ];
}

const EVERY_REF = [
  {
    kind: 'lead',
    name: 'Lead',
    required: 'firstName: "A", lastName: "B", email: "c", company: "D",',
    refs: [
      ['industryRef', 'tech', 'retail'],
      ['leadSourceRef', 'web', 'ads'],
      ['statusRef', 'contacted', 'converted'],
      ['marketingChannelRef', 'seo', 'direct'],
    ],
    selection: LEAD.slice(3),
  },
  {
    kind: 'account',
    name: 'Account',
    required: 'name: "A",',
    refs: [
      ['industryRef', 'tech', 'retail'],
      ['tierRef', 'pro', 'enterprise'],
    ],
    selection: 'industry industryLabel tier tierRef { key }',
  },
  {
    kind: 'opportunity',
    name: 'Opportunity',
    required: `name: "A", accountId: "${recordId('account', 1)}",`,
    refs: [['dealSizeCategoryRef', 'small', 'large']],
    selection: 'dealSizeCategory dealSizeCategoryRef { key label }',
  },
  {
    kind: 'task',
    name: 'Task',
    required: 'title: "T",',
    refs: [
      ['priorityRef', 'low', 'critical'],
      ['statusRef', 'overdue', 'cancelled'],
      ['taskTypeRef', 'custom', 'csat_followup'],
    ],
    selection: 'priority priorityLabel status statusRef { key } taskTypeRef { key }',
  },
] as const;
