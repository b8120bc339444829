import { AUDIT_DEFAULT, COUNT_DEFAULT, FILTER, LEADS, ORDER_DEFAULT, STAGE_DEFAULT, UPDATE } from './operation-shape.ts';
import type { OperationShape } from './operation-shape.ts';

/** What values are written in a document. */
export const literalShapes: readonly OperationShape[] = [
  {
    name: 'gap: an argument that is left to its default',
    document: '{ page { id } }',
    explicit: 'Query Query.page Lead Lead.id ID',
    defaulted: 'Query.page(first:) Int',
  },
  { name: 'an argument', document: '{ page(first: 20) { id } }', explicit: 'Query Query.page Query.page(first:) Int Lead Lead.id ID' },
  {
    name: 'an argument that is null',
    document: '{ page(first: null) { id } }',
    explicit: 'Query Query.page Query.page(first:) Int Lead Lead.id ID',
  },
  {
    name: 'an input object, with a list, an enum value and objects in it',
    document: '{ leads(filter: { and: [{ stage: [WON, LOST] }, { industryRef: { key: "tech" } }] }) { id } }',
    explicit: `${LEADS} ${FILTER} LeadFilter.and LeadFilter.stage Stage Stage.WON Stage.LOST LeadFilter.industryRef ChoiceRef ChoiceRef.key String`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'values that stand for lists of one',
    document: '{ leads(filter: { and: { stage: NEW } }, orderBy: { field: INDUSTRY }) { id } }',
    explicit: `${LEADS} ${FILTER} LeadFilter.and LeadFilter.stage Stage Stage.NEW Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.INDUSTRY`,
    defaulted: 'LeadOrder.direction Direction Direction.ASC',
  },
  {
    name: 'an input field that one object gives and another leaves to its default',
    document: '{ leads(orderBy: [{ field: NAME, direction: DESC }, { field: INDUSTRY }]) { id } }',
    explicit: `${LEADS} Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME LeadOrderField.INDUSTRY LeadOrder.direction Direction Direction.DESC`,
    defaulted: 'Direction.ASC',
  },
  {
    name: 'a default that says otherwise than the default it holds',
    document: 'mutation { a: updateLead(id: 1, input: {}) { id } b: updateLead(id: 1, input: { audit: {} }) { id } }',
    explicit: `${UPDATE} UpdateLeadInput.audit Audit`,
    defaulted: `${STAGE_DEFAULT} ${AUDIT_DEFAULT} AuditLevel.BRIEF`,
  },
  {
    name: 'an argument whose default holds input fields and enum values',
    document: '{ count }',
    explicit: 'Query Query.count Int',
    defaulted: COUNT_DEFAULT,
  },
  {
    name: 'lists in lists, and what only looks like an enum value to a scalar',
    document: '{ count(stages: [[NEW], [WON]], filter: {}, json: { stage: LOST, and: [NEW] }) }',
    explicit:
      'Query Query.count Int Query.count(stages:) Stage Stage.NEW Stage.WON Query.count(filter:) LeadFilter Query.count(json:) Json',
  },
];

/** What values are sent with one. */
export const variableShapes: readonly OperationShape[] = [
  {
    name: 'gap: of an input object, only what was sent',
    document: 'query ($f: LeadFilter) { leads(filter: $f) { id } }',
    variables: { f: { industry: 'tech' } },
    explicit: `${LEADS} ${FILTER} LeadFilter.industry String`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'nothing of an input object that was not sent: its type, since the document names it',
    document: 'query ($f: LeadFilter) { leads(filter: $f) { id } }',
    explicit: `${LEADS} ${FILTER}`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'nothing of an input object that is null',
    document: 'query ($f: LeadFilter) { count(filter: $f) }',
    variables: { f: null },
    explicit: 'Query Query.count Int Query.count(filter:) LeadFilter',
  },
  {
    name: 'the default of an argument whose variable was not sent',
    document: 'query ($f: LeadFilter) { count(filter: $f) }',
    explicit: 'Query Query.count Int Query.count(filter:) LeadFilter',
    defaulted: COUNT_DEFAULT,
  },
  {
    name: 'a scalar variable that was not sent',
    document: 'query ($n: Int) { page(first: $n) { id } }',
    explicit: 'Query Query.page Query.page(first:) Int Lead Lead.id ID',
  },
  {
    name: 'input objects, lists and enum values, nested',
    document: 'query ($f: LeadFilter, $o: [LeadOrder!]!) { leads(filter: $f, orderBy: $o) { id } }',
    variables: {
      f: { and: [{ stage: ['NEW'] }, { and: [{ industryRef: { id: '1' } }] }] },
      o: [{ field: 'NAME', direction: 'DESC' }],
    },
    explicit: `${LEADS} ${FILTER} LeadFilter.and LeadFilter.stage Stage Stage.NEW LeadFilter.industryRef ChoiceRef ChoiceRef.id Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME LeadOrder.direction Direction Direction.DESC`,
  },
  {
    name: 'values that are sent for lists of one',
    document:
      'query ($f: [LeadFilter!], $o: [LeadOrder!]!, $s: [[Stage!]!]) { leads(filter: { and: $f }, orderBy: $o) { id } count(stages: $s, filter: null) }',
    variables: { f: { stage: 'LOST' }, o: { field: 'NAME', direction: 'ASC' }, s: 'WON' },
    explicit: `${LEADS} ${FILTER} LeadFilter.and LeadFilter.stage Stage Stage.LOST Stage.WON Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME LeadOrder.direction Direction Direction.ASC Query.count Query.count(stages:) Query.count(filter:) Int`,
  },
  {
    name: 'an input field that is sent as null',
    document: 'mutation ($i: UpdateLeadInput!) { updateLead(id: 1, input: $i) { id } }',
    variables: { i: { name: null, industryRef: null, stage: null, audit: null } },
    explicit: `${UPDATE} UpdateLeadInput.name String UpdateLeadInput.industryRef ChoiceRef UpdateLeadInput.stage Stage UpdateLeadInput.audit Audit`,
  },
  {
    name: 'input fields that are left to their defaults',
    document: 'mutation ($i: UpdateLeadInput!) { updateLead(id: 1, input: $i) { id } }',
    variables: { i: { name: 'A' } },
    explicit: `${UPDATE} UpdateLeadInput.name String`,
    defaulted: `${STAGE_DEFAULT} ${AUDIT_DEFAULT}`,
  },
  {
    name: 'an enum value that is sent and is the default of another field as well',
    document:
      'mutation ($i: UpdateLeadInput!, $j: UpdateLeadInput!) { updateLead(id: 1, input: $i) { id } b: updateLead(id: 2, input: $j) { id } }',
    variables: { i: { stage: 'NEW', audit: { reason: 'r' } }, j: { stage: 'WON', audit: { level: 'BRIEF', reason: '' } } },
    explicit: `${UPDATE} UpdateLeadInput.stage Stage Stage.NEW Stage.WON UpdateLeadInput.audit Audit Audit.reason String Audit.level AuditLevel AuditLevel.BRIEF`,
  },
  {
    name: 'one of a @oneOf input, by its key',
    document: 'query ($r: ChoiceRef!) { leads(filter: { industryRef: $r }) { id } }',
    variables: { r: { key: 'tech' } },
    explicit: `${LEADS} ${FILTER} LeadFilter.industryRef ChoiceRef ChoiceRef.key String`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'a variable within a literal of one, of which the literal is what is written',
    document: 'query ($k: String!) { leads(filter: { industryRef: { key: $k } }) { id } }',
    variables: { k: 'tech' },
    explicit: `${LEADS} ${FILTER} LeadFilter.industryRef ChoiceRef ChoiceRef.key String`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'an enum variable in a list and in a field',
    document:
      'query ($s: Stage!, $d: Direction!) { leads(filter: { stage: [$s, WON] }, orderBy: [{ field: NAME, direction: $d }]) { id } }',
    variables: { s: 'NEW', d: 'DESC' },
    explicit: `${LEADS} ${FILTER} LeadFilter.stage Stage Stage.NEW Stage.WON Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME LeadOrder.direction Direction Direction.DESC`,
  },
  {
    name: 'an enum variable that was not sent for an input field with a default',
    document: 'query ($d: Direction) { leads(orderBy: [{ field: INDUSTRY, direction: $d }]) { id } }',
    explicit: `${LEADS} Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.INDUSTRY LeadOrder.direction Direction`,
    defaulted: 'Direction.ASC',
  },
  {
    name: "a variable's default in the document: the client wrote it",
    document: 'query ($o: [LeadOrder!]! = [{ field: INDUSTRY }]) { leads(orderBy: $o) { id } }',
    explicit: `${LEADS} Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.INDUSTRY`,
    defaulted: 'LeadOrder.direction Direction Direction.ASC',
  },
  {
    name: "a variable's default that what was sent replaces: the document still needs it",
    document: 'query ($o: [LeadOrder!]! = [{ field: INDUSTRY }]) { leads(orderBy: $o) { id } }',
    variables: { o: [{ field: 'NAME', direction: 'DESC' }] },
    explicit: `${LEADS} Query.leads(orderBy:) LeadOrder LeadOrder.field LeadOrderField LeadOrderField.INDUSTRY LeadOrderField.NAME LeadOrder.direction Direction Direction.DESC`,
  },
  {
    name: 'a variable that only a skipped field takes',
    document: 'query ($f: LeadFilter) { page(first: 1) { id } leads(filter: $f) @skip(if: true) { id } }',
    variables: { f: { industry: 'tech' } },
    explicit: `${LEADS} ${FILTER} LeadFilter.industry String Query.page Query.page(first:) Int`,
    defaulted: ORDER_DEFAULT,
  },
  {
    name: 'a variable in a scalar, whatever it is there',
    document: 'query ($s: Stage, $o: LeadOrder) { count(filter: null, json: { a: [$s], b: $o }) }',
    variables: { s: 'LOST', o: { field: 'NAME' } },
    explicit:
      'Query Query.count Int Query.count(filter:) LeadFilter Query.count(json:) Json Stage Stage.LOST LeadOrder LeadOrder.field LeadOrderField LeadOrderField.NAME',
    defaulted: 'LeadOrder.direction Direction Direction.ASC',
  },
  {
    name: 'a variable in a custom directive',
    document: 'query ($m: TagMode, $r: TagRule) { page(first: 1) { id @tag(name: "a", mode: $m, rule: $r) } }',
    variables: { r: { weight: 2 } },
    explicit:
      'Query Query.page Query.page(first:) Int Lead Lead.id ID @tag @tag(name:) String @tag(mode:) TagMode @tag(rule:) TagRule TagRule.weight',
    defaulted: 'TagMode.SOFT TagRule.mode TagMode.HARD',
  },
  {
    name: 'a variable of an operation that is not executed',
    document: 'query A($f: LeadFilter) { leads(filter: $f) { id } } query B { leads { id } }',
    operationName: 'B',
    variables: { f: { industry: 'tech' } },
    explicit: LEADS,
    defaulted: ORDER_DEFAULT,
  },
];
