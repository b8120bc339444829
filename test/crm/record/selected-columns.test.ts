import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { recordSentStatements, type SentStatement } from '../../harness/sent-statements.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';

let crm: TestCrm;
let api: TestApi;
let statements: SentStatement[];
let lead: string;
beforeAll(async () => {
  statements = recordSentStatements();
  crm = await createTestCrm({ phase: 'populated' });
  // Mapped, through an alias, by nothing, and empty.
  lead = await insertRecord(crm, 'lead', {
    industry: 'tech',
    marketing_channel: 'email',
    annual_revenue: '12.50',
    phone: '1',
    status: 'lost',
  });
  await insertRecord(crm, 'lead', { industry: 'huh', lead_source: 'Fax', legacy_id: 'L-2', country: 'Peru', job_title: 'Boss' });
  await crm.owner.pool.query('ALTER TABLE lead DISABLE TRIGGER USER');
  await insertRecord(crm, 'lead', { industry: 'finance', lead_source: 'web', lead_score: 7 });
  await crm.owner.pool.query('ALTER TABLE lead ENABLE TRIGGER USER');
  await insertRecord(crm, 'task', { lead_id: lead });
  const account = await insertRecord(crm, 'account', { industry: 'retail', tier: 'pro' });
  await insertRecord(crm, 'opportunity', { account_id: account, amount: '3' });
  api = await startTestApi(crm);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await api.close();
  await crm.close();
});

/** Sends an operation; its data, and what each statement about a table of records reads. */
async function read(query: string, variables: Record<string, unknown> = {}) {
  statements.length = 0;
  const { body } = await api.send(query, variables);
  expect(body.errors).toBeUndefined();
  return { data: body.data, columns: statements.flatMap(({ text }) => listColumns(text)) };
}

/** `lead: id firstName`, in the order of the statement. */
function listColumns(text: string): string[] {
  const [, selected, table] = /^\s*SELECT (.*?)\s+FROM "(lead|account|opportunity|task)" AS record\b/s.exec(text) ?? [];
  if (selected === undefined || selected.startsWith('count(')) return [];
  return [`${table}: ${[...selected.matchAll(/ AS "(\w+)"|record\."(\w+)"/g)].flatMap(([, name]) => name ?? []).join(' ')}`];
}

const CHOICES = 'industry industryLabel industryRef { key } status statusLabel statusRef { key }';

describe.each<[string, () => Promise<void>, { ref: string; label: string }]>([
  ['populated', async () => undefined, { ref: 'industry industryId', label: 'industry industryId' }],
  ['preferred', () => crm.migrate().then(() => crm.prefer()), { ref: 'industryId', label: 'industry industryId' }],
  ['contracted', () => crm.contract(), { ref: 'industryId', label: 'industry industryId' }],
])('at %s', (_, enter, { ref, label }) => {
  beforeAll(enter);

  test.each<[string, () => string[]]>([
    ['{ leads { nodes { id } } }', () => ['lead: id']],
    ['{ leads { nodes { __typename } } }', () => ['lead: id']],
    ['{ leads { totalCount } }', () => ['lead: id']],
    ['{ leads { edges { cursor } pageInfo { endCursor } } }', () => ['lead: id']],
    ['{ leads { edges { node { firstName } } nodes { company } } }', () => ['lead: id firstName company']],
    ['{ leads(orderBy: { field: COMPANY }) { edges { cursor } } }', () => ['lead: id order_0']],
    ['{ leads { nodes { createdAt } } }', () => ['lead: id createdAt']],
    ['{ leads { nodes { industry } } }', () => ['lead: id industry']],
    ['{ leads { nodes { industryRef { key } } } }', () => [`lead: id ${ref}`]],
    ['{ leads { nodes { industryLabel } } }', () => [`lead: id ${label}`]],
    ['{ tasks { nodes { lead { phone } } } }', () => ['task: id leadId', 'lead: id phone']],
    ['{ opportunities { nodes { account { tier } } } }', () => ['opportunity: id accountId', 'account: id tier']],
    [
      '{ leads { nodes { id } } tasks { nodes { title lead { id phone } } } }',
      () => ['lead: id phone', 'task: id leadId title', 'lead: id phone'],
    ],
  ])('reads of %s what it takes', async (query, expected) => expect((await read(query)).columns.sort()).toEqual(expected().sort()));

  test('reads what a request leaves in, and no more', async () => {
    const query = 'query ($more: Boolean!) { leads { nodes { id company @include(if: $more) phone @skip(if: $more) } } }';
    expect((await read(query, { more: true })).columns).toEqual(['lead: id company']);
    expect((await read(query, { more: false })).columns).toEqual(['lead: id phone']);
  });

  test('answers each member alone as it answers it among all', async () => {
    const plain = 'id legacyId version createdAt updatedAt firstName lastName email phone company jobTitle country leadScore annualRevenue';
    const members = [...plain.split(' '), ...CHOICES.match(/\w+( \{ \w+ \})?/g)!];
    const all = (await read(`{ leads { nodes { ${members.join(' ')} } } }`)).data.leads.nodes;
    expect(all).toHaveLength(3);
    for (const member of members) {
      const name = /\w+/.exec(member)![0];
      const alone = (await read(`{ leads { nodes { ${member} } } }`)).data.leads.nodes;
      expect(alone).toEqual(all.map((node: Record<string, unknown>) => ({ [name]: node[name] })));
      expect((await read(`query ($id: ID!) { lead(id: $id) { ${member} } }`, { id: lead })).data.lead).toEqual(alone[0]);
    }
  });

  test('reads records of one kind in one statement, whatever each is wanted for', async () => {
    const { data, columns } = await read('query ($id: ID!) { a: lead(id: $id) { phone } b: lead(id: $id) { id annualRevenue } }', {
      id: lead,
    });
    expect(data).toEqual({ a: { phone: '1' }, b: { id: lead, annualRevenue: '12.50' } });
    expect(columns).toEqual(['lead: id phone annualRevenue']);
  });
});

test('a mutation reads whole records, whatever it answers', async () => {
  const { data } = await read('mutation ($id: ID!) { updateLead(id: $id, input: { company: "Later" }) { lead { company version } } }', {
    id: lead,
  });
  expect(data.updateLead.lead).toEqual({ company: 'Later', version: 2 });
  const selected = statements.flatMap(({ text }) => listColumns(text));
  expect(selected.length).toBeGreaterThan(0);
  const properties = choiceRegistry.fieldsOf('Lead').flatMap(({ legacy }) => [legacy, `${legacy}Id`]);
  for (const columns of selected) expect(columns.split(' ')).toEqual(expect.arrayContaining(['firstName', 'updatedAt', ...properties]));
});
