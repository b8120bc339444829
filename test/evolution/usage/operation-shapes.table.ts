import { literalShapes, variableShapes } from './input-shapes.table.ts';
import { AUDIT_DEFAULT, EVERY_NODE, LEADS, NODES, ORDER_DEFAULT, STAGE_DEFAULT, UPDATE } from './operation-shape.ts';
import type { OperationShape } from './operation-shape.ts';

const selections: readonly OperationShape[] = [
  { name: 'a field', document: '{ leads { id } }', explicit: LEADS, defaulted: ORDER_DEFAULT },
  {
    name: 'an alias, and a field twice',
    document: '{ leads { key: id id other: id } }',
    explicit: LEADS,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'scalars and enums that are answered, whose values nobody named',
    document: '{ page { stage createdAt } }',
    explicit: 'Query Query.page Lead Lead.stage Stage Lead.createdAt Instant',
    defaulted: 'Query.page(first:) Int',
  },
  {
    name: 'a nested selection',
    document: '{ lead(id: "1") { industryRef { key } } }',
    explicit: 'Query Query.lead Query.lead(id:) ID Lead Lead.industryRef Industry Industry.key String',
  },
  {
    name: '__typename alone',
    document: '{ __typename lead(id: "1") { __typename } }',
    explicit: 'Query Query.lead Query.lead(id:) ID Lead',
  },
  {
    name: 'introspection, with a fragment, a variable and a directive in it',
    document: `query ($n: String!, $d: Boolean) { __schema { types { ...T } } __type(name: $n) { fields(includeDeprecated: $d) { name @tag(name: "x", mode: HARD) } } }
      fragment T on __Type { name ... { kind } ... on __Type { enumValues { name } } }`,
    variables: { n: 'Lead' },
    explicit: 'Query String Boolean @tag @tag(name:) @tag(mode:) TagMode TagMode.HARD',
  },
  {
    name: 'a mutation',
    document: 'mutation { updateLead(id: 1, input: { name: "A" }) { id } }',
    explicit: `${UPDATE} UpdateLeadInput.name String`,
    defaulted: `${STAGE_DEFAULT} ${AUDIT_DEFAULT}`,
  },
  {
    name: 'a subscription',
    document: 'subscription { leadChanged(stage: WON) { id } }',
    explicit: 'Subscription Subscription.leadChanged Subscription.leadChanged(stage:) Stage Stage.WON Lead Lead.id ID',
  },
  {
    name: 'a field that is skipped, and one that is not included: the document needs them',
    document: 'query ($b: Boolean!) { page { id @skip(if: true) name @include(if: $b) ... @include(if: false) { industry } } }',
    variables: { b: false },
    explicit: 'Query Query.page Lead Lead.id ID Lead.name Lead.industry String Boolean',
    defaulted: 'Query.page(first:) Int',
  },
];

const fragments: readonly OperationShape[] = [
  {
    name: 'a fragment, and one in it',
    document: '{ leads { ...A } } fragment A on Lead { id ...B } fragment B on Lead { name }',
    explicit: `${LEADS} Lead.name String`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'gap: only the operation that is executed, of several',
    document: 'query A { lead(id: 1) { name ...F } } query B { leads { ...G } } fragment F on Lead { stage } fragment G on Lead { id }',
    operationName: 'B',
    explicit: LEADS,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'the other one of several',
    document: 'query A { lead(id: 1) { name ...F } } query B { leads { ...G } } fragment F on Lead { stage } fragment G on Lead { id }',
    operationName: 'A',
    explicit: 'Query Query.lead Query.lead(id:) ID Lead Lead.name String Lead.stage Stage',
  },
  {
    name: 'none, where it is not said which of several',
    document: 'query A { leads { id } } query B { lead(id: 1) { id } }',
    explicit: '',
  },
  {
    name: 'none, where there is none of that name',
    document: 'query A { leads { id } }',
    operationName: 'B',
    explicit: '',
  },
  {
    name: 'gap: an interface, its field and that of every type it can be',
    document: '{ node(id: 1) { id } }',
    explicit: `${NODES} ${EVERY_NODE}`,
  },
  {
    name: 'an interface through one of its types',
    document: '{ node(id: 1) { ... on Lead { name } } }',
    explicit: 'Query Query.node Query.node(id:) ID Node Lead Lead.name String',
  },
  {
    name: 'an interface narrowed to another one',
    document: '{ node(id: 1) { ... on Choice { key } } }',
    explicit: 'Query Query.node Query.node(id:) ID Node Choice Choice.key String Industry Industry.key Source Source.key',
  },
  {
    name: 'a fragment on an interface, on a type that is no other',
    document: '{ lead(id: 1) { industryRef { ...C } } } fragment C on Choice { id key }',
    explicit:
      'Query Query.lead Query.lead(id:) ID Lead Lead.industryRef Choice Choice.id Choice.key Industry Industry.id Industry.key String',
  },
  {
    name: 'the same fragment met under several types, one after another',
    document:
      '{ lead(id: 1) { industryRef { ...C } ...N } search(text: "") { ...N } } fragment C on Choice { id } fragment N on Node { id }',
    explicit:
      'Query Query.lead Query.lead(id:) ID Lead Lead.industryRef Choice Choice.id Industry Industry.id Node Node.id Lead.id Query.search Query.search(text:) String SearchResult Account Account.id',
  },
  {
    name: 'a type condition on a type that is another one by then',
    document: '{ lead(id: 1) { ... on Node { ... on Owned { notes(last: 1) } } } }',
    explicit: 'Query Query.lead Query.lead(id:) ID Lead Node Owned Owned.notes Owned.notes(last:) Int String Lead.notes Lead.notes(last:)',
    defaulted: 'Lead.notes(tone:) Tone Tone.KIND',
  },
  {
    name: 'an interface whose types answer more exactly: their owners, and nobody else',
    document: '{ owned { owner { id } } }',
    explicit: 'Query Query.owned Owned Owned.owner Node Node.id ID Lead Lead.owner User User.id Account Account.owner Team Team.id',
  },
  {
    name: 'a fragment that can never be met: it has to be there, and nothing takes its default',
    document: '{ owned { owner { ... on Source { label } } } }',
    explicit: 'Query Query.owned Owned Owned.owner Node Lead Lead.owner User Account Account.owner Team Source Source.label String',
  },
  {
    name: 'a union, through fragments only',
    document: '{ search(text: "a") { __typename ... on Lead { name } ... on Industry { key } } }',
    explicit: 'Query Query.search Query.search(text:) String SearchResult Lead Lead.name Industry Industry.key',
  },
  {
    name: 'a union narrowed to an interface',
    document: '{ search(text: "a") { ... on Owned { __typename } } }',
    explicit: 'Query Query.search Query.search(text:) String SearchResult Owned Lead Account',
  },
  {
    name: 'an argument on an interface: of every type it can be, each with its own default',
    document: '{ owned { notes } choices(type: SOURCE) { label } }',
    explicit:
      'Query Query.owned Owned Owned.notes Lead Lead.notes Account Account.notes String Query.choices Query.choices(type:) ChoiceType ChoiceType.SOURCE Choice Choice.label Industry Industry.label Source Source.label',
    defaulted:
      'Lead.notes(last:) Lead.notes(tone:) Int Tone Tone.KIND Account.notes(last:) Industry.label(locale:) Source.label(locale:) Locale Locale.EN Locale.DE',
  },
  {
    name: 'a custom directive, with its arguments and defaults',
    document:
      'query @tag(name: "q", mode: HARD) { ...F @tag(name: "s", rule: { weight: 1 }) } fragment F on Query { page(first: 1) { id } }',
    explicit:
      'Query @tag @tag(name:) String @tag(mode:) TagMode TagMode.HARD @tag(rule:) TagRule TagRule.weight Int Query.page Query.page(first:) Lead Lead.id ID',
    defaulted: 'TagMode.SOFT TagRule.mode',
  },
  {
    name: 'custom directives on a fragment, a type condition and a variable',
    document: `query ($i: ID! @tag(name: "v")) { lead(id: $i) { ... @tag(name: "i") { ...F } } } fragment F on Lead @tag(name: "f", rule: null) { id }`,
    variables: { i: 1 },
    explicit: 'Query Query.lead Query.lead(id:) ID Lead Lead.id @tag @tag(name:) String @tag(rule:) TagRule',
    defaulted: '@tag(mode:) TagMode TagMode.SOFT',
  },
];

/** Shapes whose documents are valid and whose variables are accepted. */
export const operationShapes: readonly OperationShape[] = [...selections, ...fragments, ...literalShapes, ...variableShapes];
