import type { CorpusOperation } from './corpus-operation.ts';
import { type Kind, recordId, SIZES } from './dataset.ts';
import { legacyClientWrites } from './legacy-client.ts';

/** What a client that knows no dynamic choices writes. What it selects is the same whenever it is sent. */
interface LegacyWrites {
  readonly kind: Kind;
  readonly name: string;
  /** No ids of new records, no times. */
  readonly selection: string;
  /** What a new record needs at least, choices included. */
  readonly required: string;
  readonly optional: string;
  readonly plain: string;
  /** Field → a key, the same meant otherwise, and whether it may be empty. */
  readonly choices: Readonly<Record<string, { key: string; odd: string; optional: boolean }>>;
  readonly selectChoices: string;
}

const TASK_OF_NOBODY = recordId('task', 77_777);

const KINDS: readonly LegacyWrites[] = [
  {
    kind: 'lead',
    name: 'Lead',
    selection: 'legacyId version firstName company leadScore annualRevenue',
    required: 'firstName: "Ada", lastName: "L", email: "a@b.c", company: "Engines", industry: "tech", leadSource: "web"',
    optional: 'phone: "+1", jobTitle: null, country: "UK", leadScore: -1, annualRevenue: 3',
    plain:
      'firstName: "Grace", lastName: "H", email: "g@h", company: "Navy", country: "US", phone: null, jobTitle: "Admiral", leadScore: 7, annualRevenue: "12.5"',
    choices: {
      industry: { key: 'finance', odd: 'telecom', optional: false },
      leadSource: { key: 'ads', odd: 'Web Form', optional: false },
      status: { key: 'converted', odd: 'NEW', optional: false },
      marketingChannel: { key: 'seo', odd: 'paid ads', optional: true },
    },
    selectChoices: 'industry leadSource status marketingChannel',
  },
  {
    kind: 'account',
    name: 'Account',
    selection: 'legacyId version name website country',
    required: 'name: "Engines Ltd"',
    optional: 'website: "https://engines", country: ""',
    plain: 'name: "Renamed", website: "", country: null',
    choices: { industry: { key: 'retail', odd: 'Technology', optional: true }, tier: { key: 'pro', odd: 'gold', optional: true } },
    selectChoices: 'industry tier',
  },
  {
    kind: 'opportunity',
    name: 'Opportunity',
    selection: 'legacyId version name amount account { name tier }',
    required: `name: "Big deal", accountId: "${recordId('account', 1)}"`,
    optional: 'amount: "0.10"',
    plain: `name: "Bigger deal", amount: 99.99, accountId: "${recordId('account', 2)}"`,
    choices: { dealSizeCategory: { key: 'large', odd: 'XL', optional: true } },
    selectChoices: 'dealSizeCategory',
  },
  {
    kind: 'task',
    name: 'Task',
    selection: 'legacyId version title lead { company status }',
    required: `title: "Call", leadId: "${recordId('lead', 1)}", taskType: "custom"`,
    optional: 'leadId: null',
    plain: 'title: "Call back", leadId: null',
    choices: {
      priority: { key: 'critical', odd: 'urgent', optional: false },
      status: { key: 'completed', odd: 'done', optional: false },
      taskType: { key: 'lead_review', odd: 'call', optional: false },
    },
    selectChoices: 'priority status taskType',
  },
];

/** Every write that a client of 2026-01 sends, the refused ones included. */
export const legacyWrites: readonly CorpusOperation[] = [
  ...legacyClientWrites,
  ...KINDS.flatMap((kind) => [...creates(kind), ...updates(kind), ...deletes(kind)]),
  {
    name: 'delete account: its opportunities first, in one request',
    query: `mutation {
      a: deleteOpportunity(id: "${recordId('opportunity', 5)}") { opportunity { id } }
      b: deleteOpportunity(id: "${recordId('opportunity', 5 + SIZES.account)}") { opportunity { id } }
      deleteAccount(id: "${recordId('account', 5)}") { account { id name industry tier } }
    }`,
  },
];

function creates(kind: LegacyWrites): CorpusOperation[] {
  const create = (input: string) =>
    `mutation { create${kind.name}(input: { ${input} }) { ${kind.kind} { ${kind.selection} ${kind.selectChoices} } } }`;
  const everything = Object.entries(kind.choices)
    .map(([field, { key }]) => `${field}: "${key}"`)
    .join(', ');
  const required = kind.required.replace(/, (industry|leadSource|taskType): "[^"]*"/g, '');
  return [
    { name: `create ${kind.kind}: with what it needs`, query: create(kind.required) },
    {
      name: `create ${kind.kind}: with all it can have`,
      query: create(`${kind.required.replace(/, leadId: "[^"]*"/, '')}, ${kind.optional}`),
    },
    { name: `create ${kind.kind}: with every choice`, query: create(`${required}, ${everything}`) },
    { name: `create ${kind.kind}: without a choice`, query: create(required) },
    ...Object.entries(kind.choices).flatMap(([field, { odd }]) =>
      Object.entries({ unknown: '"never seen"', odd: JSON.stringify(odd), empty: '""', null: 'null' }).map(([which, value]) => ({
        name: `create ${kind.kind}: ${field} is ${which}`,
        query: create(`${required}, ${everything.replace(new RegExp(`\\b${field}: "[^"]*"`), `${field}: ${value}`)}`),
      })),
    ),
  ];
}

function updates(kind: LegacyWrites): CorpusOperation[] {
  const update = (index: number, input: string) =>
    `mutation { update${kind.name}(id: "${recordId(kind.kind, index)}", input: { ${input} }) { ${kind.kind} { id ${kind.selection} ${kind.selectChoices} } } }`;
  // Several records each, so that mapped, unmapped, empty and odd values are met.
  const indexes = [4, 14, 31];
  return [
    { name: `update ${kind.kind}: plain members`, query: update(6, kind.plain) },
    { name: `update ${kind.kind}: nothing`, query: update(7, '') },
    { name: `update ${kind.kind}: the right version`, query: update(8, `${kind.plain}, version: 1`) },
    { name: `update ${kind.kind}: a wrong version`, query: update(9, `${kind.plain}, version: 99`) },
    { name: `update ${kind.kind}: nobody's`, query: update(99_999, kind.plain) },
    ...Object.entries(kind.choices).flatMap(([field, { key, odd }]) =>
      indexes.flatMap((index) =>
        Object.entries({
          known: JSON.stringify(key),
          unknown: '"never seen"',
          odd: JSON.stringify(odd),
          empty: '""',
          null: 'null',
          'too long': `"${'y'.repeat(60)}"`,
        }).map(([which, value]) => ({
          name: `update ${kind.kind} ${index}: ${field} is ${which}`,
          query: update(index, `${field}: ${value}`),
        })),
      ),
    ),
    {
      name: `update ${kind.kind}: all choices at once, one of them unknown`,
      query: update(
        12,
        Object.entries(kind.choices)
          .map(([field, { key }], index) => `${field}: "${index === 0 ? 'huh' : key}"`)
          .join(', '),
      ),
    },
  ];
}

function deletes(kind: LegacyWrites): CorpusOperation[] {
  const remove = (id: string) =>
    `mutation { delete${kind.name}(id: "${id}") { ${kind.kind} { id ${kind.selection} ${kind.selectChoices} } } }`;
  return [
    { name: `delete ${kind.kind}`, query: remove(recordId(kind.kind, 5)) },
    { name: `delete ${kind.kind}: nobody's`, query: remove(TASK_OF_NOBODY) },
    {
      name: `${kind.kind}: one written twice, then read, in one request`,
      query: `mutation { a: update${kind.name}(id: "${recordId(kind.kind, 13)}", input: { ${kind.plain} }) { ${kind.kind} { ${kind.selection} } }
        b: update${kind.name}(id: "${recordId(kind.kind, 13)}", input: { ${Object.entries(kind.choices)
          .map(([field, { key }]) => `${field}: "${key}"`)
          .join(', ')} }) { ${kind.kind} { ${kind.selection} ${kind.selectChoices} } } }`,
    },
  ];
}
