import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { choiceId, hashRows, insertRecord } from './records.ts';

let crm: TestCrm;
let api: TestApi;
const ids: Record<string, string> = {};
const cursors: Record<string, string> = {};
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  api = await startTestApi(crm);
  const field = choiceRegistry.field('Lead.industry')!;
  ids.lead = await insertRecord(crm, 'lead', {});
  await insertRecord(crm, 'lead', { company: 'Another' });
  ids.account = await insertRecord(crm, 'account', {});
  ids.foreignLead = await insertRecord(crm, 'lead', {}, 'globex');
  ids.foreignAccount = await insertRecord(crm, 'account', {}, 'globex');
  ids.opportunity = await insertRecord(crm, 'opportunity', { account_id: ids.account });
  ids.task = await insertRecord(crm, 'task', { lead_id: ids.lead });
  ids.tech = await choiceId(crm, field, 'tech');
  ids.foreignTech = await choiceId(crm, field, 'tech', 'globex');
  await crm.owner.pool.query(`UPDATE industry SET active = false WHERE key = 'energy'`);
  for (const order of ['COMPANY', 'CREATED_AT', 'LEAD_SCORE', 'INDUSTRY']) {
    const { body } = await api.send(`{ leads(first: 1, orderBy: { field: ${order} }) { pageInfo { endCursor } } }`);
    cursors[order] = body.data.leads.pageInfo.endCursor;
  }
});
afterAll(async () => {
  await api.close();
  await crm.close();
});

const update = (input: string) => () => `mutation { updateLead(id: "${ids.lead}", input: { ${input} }) { lead { id } } }`;
const create = (input: string) => () =>
  `mutation { createLead(input: { firstName: "a", lastName: "b", email: "c", company: "d", ${input} }) { lead { id } } }`;
const leads = (parameters: string) => () => `{ leads(${parameters}) { totalCount nodes { id } } }`;
const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
const many = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => `k${index}`));
const NIL = '00000000-0000-0000-0000-000000000000';

/** What is sent, and the code that it gets. */
const BAD: Readonly<Record<string, readonly [operation: () => string, code: string]>> = {
  'an unknown choice': [update('industry: "huh"'), 'CHOICE_UNKNOWN'],
  'an unknown choice for a new record': [create('industry: "huh", leadSource: "web"'), 'CHOICE_UNKNOWN'],
  'a choice in another case': [update('industry: "Finance"'), 'CHOICE_UNKNOWN'],
  'an unknown choice key': [update('industryRef: { key: "huh" }'), 'CHOICE_UNKNOWN'],
  'an unknown choice of enormous length': [update(`industry: "${'x'.repeat(100_000)}"`), 'CHOICE_UNKNOWN'],
  'an unknown choice key of enormous length': [update(`industryRef: { key: "${'x'.repeat(100_000)}" }`), 'CHOICE_UNKNOWN'],
  'a choice id of enormous length': [update(`industryRef: { id: "${'x'.repeat(100_000)}" }`), 'NOT_FOUND'],
  'a record id of enormous length': [() => `mutation { deleteLead(id: "${'x'.repeat(100_000)}") { lead { id } } }`, 'NOT_FOUND'],
  'a decimal of enormous length': [update(`annualRevenue: "${'1'.repeat(100_000)}"`), 'GRAPHQL_VALIDATION_FAILED'],
  'two choices that disagree': [update('industry: "finance", industryRef: { key: "retail" }'), 'CHOICE_CONFLICT'],
  'a string and a null ref': [update('industry: "finance", industryRef: null'), 'CHOICE_CONFLICT'],
  'an inactive choice': [update('industry: "energy"'), 'CHOICE_INACTIVE'],
  'an inactive choice key': [update('industryRef: { key: "energy" }'), 'CHOICE_INACTIVE'],
  "another tenant's choice": [() => update(`industryRef: { id: "${ids.foreignTech}" }`)(), 'NOT_FOUND'],
  "no one's choice": [update(`industryRef: { id: "${NIL}" }`), 'NOT_FOUND'],
  'a malformed choice id': [update('industryRef: { id: "1" }'), 'NOT_FOUND'],
  "another type's choice": [() => update(`statusRef: { id: "${ids.tech}" }`)(), 'NOT_FOUND'],
  'an id and a key': [() => update(`industryRef: { id: "${ids.tech}", key: "tech" }`)(), 'GRAPHQL_VALIDATION_FAILED'],
  'neither id nor key': [update('industryRef: {}'), 'GRAPHQL_VALIDATION_FAILED'],
  'a null key': [update('industryRef: { key: null }'), 'GRAPHQL_VALIDATION_FAILED'],
  'null for a required choice': [update('industry: null'), 'BAD_USER_INPUT'],
  'a null ref for a required choice': [update('industryRef: null'), 'BAD_USER_INPUT'],
  'an empty string for a required choice': [update('industry: ""'), 'BAD_USER_INPUT'],
  'a required choice left out': [create('leadSource: "web"'), 'BAD_USER_INPUT'],
  'NUL in a choice': [update('industry: "a\\u0000"'), 'BAD_USER_INPUT'],
  'NUL in a choice key': [update('industryRef: { key: "\\u0000" }'), 'BAD_USER_INPUT'],
  'NUL in a choice id': [update('industryRef: { id: "\\u0000" }'), 'BAD_USER_INPUT'],
  'a lone surrogate in a choice': [update('industry: "\\ud800"'), 'GRAPHQL_PARSE_FAILED'],
  'null for a required text': [update('company: null'), 'BAD_USER_INPUT'],
  'blank required text': [update('company: " \\u00a0\\t"'), 'BAD_USER_INPUT'],
  'too long text': [update(`firstName: "${'x'.repeat(101)}"`), 'BAD_USER_INPUT'],
  'too long text of characters beyond 16 bits': [update(`firstName: "${'🦄'.repeat(101)}"`), 'BAD_USER_INPUT'],
  'NUL in text': [update('company: "a\\u0000b"'), 'BAD_USER_INPUT'],
  'null for a number': [update('leadScore: null'), 'BAD_USER_INPUT'],
  'a number beyond 32 bits': [update('leadScore: 2147483648'), 'GRAPHQL_VALIDATION_FAILED'],
  'text for a number': [update('leadScore: "1"'), 'GRAPHQL_VALIDATION_FAILED'],
  'a decimal with three places': [update('annualRevenue: "1.005"'), 'GRAPHQL_VALIDATION_FAILED'],
  'a decimal of 17 digits': [update('annualRevenue: "12345678901234567"'), 'GRAPHQL_VALIDATION_FAILED'],
  'no decimal': [update('annualRevenue: "NaN"'), 'GRAPHQL_VALIDATION_FAILED'],
  'a decimal with an exponent': [update('annualRevenue: 1e3'), 'GRAPHQL_VALIDATION_FAILED'],
  'a decimal that is a list': [update('annualRevenue: [1]'), 'GRAPHQL_VALIDATION_FAILED'],
  'an old version': [update('company: "x", version: 7'), 'CONFLICT'],
  'a member that there is not': [update('colour: "red"'), 'GRAPHQL_VALIDATION_FAILED'],
  "no one's record": [() => `mutation { deleteLead(id: "${NIL}") { lead { id } } }`, 'NOT_FOUND'],
  "another tenant's record": [() => `mutation { deleteLead(id: "${ids.foreignLead}") { lead { id } } }`, 'NOT_FOUND'],
  'a malformed record id': [() => 'mutation { updateLead(id: "\\u0000", input: { company: "x" }) { lead { id } } }', 'NOT_FOUND'],
  'a record of another kind': [() => `mutation { deleteTask(id: "${ids.lead}") { task { id } } }`, 'NOT_FOUND'],
  'a record that others refer to': [() => `mutation { deleteAccount(id: "${ids.account}") { account { id } } }`, 'CONFLICT'],
  "another tenant's account": [
    () => `mutation { createOpportunity(input: { name: "n", accountId: "${ids.foreignAccount}" }) { opportunity { id } } }`,
    'NOT_FOUND',
  ],
  "another tenant's lead": [
    () => `mutation { updateTask(id: "${ids.task}", input: { leadId: "${ids.foreignLead}" }) { task { id } } }`,
    'NOT_FOUND',
  ],
  'a null account': [
    () => `mutation { updateOpportunity(id: "${ids.opportunity}", input: { accountId: null }) { opportunity { id } } }`,
    'BAD_USER_INPUT',
  ],
  'a malformed account': [
    () => `mutation { updateOpportunity(id: "${ids.opportunity}", input: { accountId: "x" }) { opportunity { id } } }`,
    'NOT_FOUND',
  ],
  'a negative first': [leads('first: -1'), 'BAD_USER_INPUT'],
  'a negative last': [leads('last: -1'), 'BAD_USER_INPUT'],
  'a huge first': [leads('first: 501'), 'LIMIT_EXCEEDED'],
  'a first beyond 32 bits': [leads('first: 99999999999'), 'GRAPHQL_VALIDATION_FAILED'],
  'first and last': [leads('first: 1, last: 1'), 'BAD_USER_INPUT'],
  'an empty cursor': [leads('after: ""'), 'BAD_USER_INPUT'],
  'no cursor at all': [leads('before: "🦄"'), 'BAD_USER_INPUT'],
  'a cursor of another order': [() => leads(`after: "${cursors.COMPANY}", orderBy: { field: LEAD_SCORE }`)(), 'BAD_USER_INPUT'],
  'a cursor of the other direction': [
    () => leads(`after: "${cursors.COMPANY}", orderBy: { field: COMPANY, direction: DESC }`)(),
    'BAD_USER_INPUT',
  ],
  'a cursor of an ordered page without its order': [() => leads(`before: "${cursors.COMPANY}"`)(), 'BAD_USER_INPUT'],
  'a forged cursor without an id': [leads(`after: "${cursor('')}"`), 'BAD_USER_INPUT'],
  'a forged cursor with NUL': [leads(`after: "${cursor('COMPANY ASC', '\0', NIL)}", orderBy: { field: COMPANY }`), 'BAD_USER_INPUT'],
  'a forged cursor with a time that is none': [
    leads(`after: "${cursor('CREATED_AT ASC', '2024-13-45T99:99:99.000000Z', NIL)}", orderBy: { field: CREATED_AT }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor with a zone that is none': [
    leads(`after: "${cursor('CREATED_AT ASC', '2024-01-01T00:00:00.000000+99', NIL)}", orderBy: { field: CREATED_AT }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor with a day that is none': [
    leads(`after: "${cursor('CREATED_AT ASC', '2023-02-29T00:00:00.000000Z', NIL)}", orderBy: { field: CREATED_AT }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor with a huge number': [
    leads(`after: "${cursor('LEAD_SCORE ASC', '9999999999', NIL)}", orderBy: { field: LEAD_SCORE }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor with a huge position': [
    leads(`after: "${cursor('INDUSTRY ASC', '-9999999999', NIL)}", orderBy: { field: INDUSTRY }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor with numbers for text': [
    leads(`after: "${cursor('LEAD_SCORE ASC', 1, NIL)}", orderBy: { field: LEAD_SCORE }`),
    'BAD_USER_INPUT',
  ],
  'a forged cursor of an enormous size': [
    leads(`after: "${cursor('COMPANY ASC', 'x'.repeat(200_000), NIL)}", orderBy: { field: COMPANY }`),
    'BAD_USER_INPUT',
  ],
  'an order twice': [leads('orderBy: [{ field: COMPANY }, { field: COMPANY, direction: DESC }]'), 'BAD_USER_INPUT'],
  'too many orders': [
    leads(
      'orderBy: [{ field: COMPANY }, { field: COUNTRY }, { field: EMAIL }, { field: INDUSTRY }, { field: STATUS }, { field: LEAD_SCORE }]',
    ),
    'LIMIT_EXCEEDED',
  ],
  'an order that there is not': [leads('orderBy: { field: HEIGHT }'), 'GRAPHQL_VALIDATION_FAILED'],
  'a too long search': [leads(`filter: { search: "${'x'.repeat(201)}" }`), 'BAD_USER_INPUT'],
  'NUL in a search': [leads('filter: { search: "\\u0000" }'), 'BAD_USER_INPUT'],
  'NUL in a filter': [leads('filter: { industry: "\\u0000" }'), 'BAD_USER_INPUT'],
  'NUL in a filter by key': [leads('filter: { industryRef: { key: ["\\u0000"] } }'), 'BAD_USER_INPUT'],
  'too many keys in a filter': [leads(`filter: { industryRef: { key: ${many(1001)} } }`), 'LIMIT_EXCEEDED'],
  'too many ids in a filter': [leads(`filter: { industryRef: { id: ${many(1001)} } }`), 'LIMIT_EXCEEDED'],
  'null among the keys of a filter': [leads('filter: { industryRef: { key: [null] } }'), 'GRAPHQL_VALIDATION_FAILED'],
  "another tenant's current choice": [
    () => `{ choiceOptions(field: LEAD_INDUSTRY, current: "${ids.foreignTech}") { source } }`,
    'NOT_FOUND',
  ],
  'an empty current choice': [() => '{ choiceOptions(field: LEAD_INDUSTRY, current: "") { source } }', 'NOT_FOUND'],
  'lists that ask for too many rows together': [
    () => `{ ${Array.from({ length: 21 }, (_, index) => `l${index}: leads(first: 500) { nodes { id } }`).join(' ')} }`,
    'LIMIT_EXCEEDED',
  ],
  'a malformed current choice': [() => '{ choiceOptions(field: LEAD_INDUSTRY, current: "\\u0000") { source } }', 'NOT_FOUND'],
  'a kind of choice that there is not': [() => '{ choices(type: COLOUR) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
};

/** Sends what must not be answered; what was logged, or written, is a fault whatever the answer. */
async function expectCode(code: string, send: () => ReturnType<TestApi['send']>) {
  const before = await hashRows(crm);
  const logged = api.log.length;
  const { body } = await send();
  expect(body.errors?.map((error: { extensions: { code: string } }) => error.extensions.code)).toEqual([code]);
  // What a client sent does not come back at a length that it chose.
  expect(body.errors[0].message.length).toBeLessThan(1_000);
  expect(JSON.stringify(body).length).toBeLessThan(3_000);
  expect(await hashRows(crm)).toBe(before);
  expect(api.log.slice(logged)).toEqual([]);
}

describe('a bad input writes nothing and is told what it is', () => {
  test.each(Object.entries(BAD))('%s', async (_name, [operation, code]) => expectCode(code, () => api.send(operation())));
});

describe('a bad variable writes nothing and is told what it is', () => {
  const UPDATE = 'mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { id } } }';
  test.each<[string, unknown, string]>([
    ['both members of a ref', { industryRef: { id: 'x', key: 'tech' } }, 'BAD_USER_INPUT'],
    ['no member of a ref', { industryRef: {} }, 'BAD_USER_INPUT'],
    ['a null member of a ref', { industryRef: { id: null } }, 'BAD_USER_INPUT'],
    ['a lone surrogate in text', { company: 'a\ud800' }, 'BAD_USER_INPUT'],
    ['a lone surrogate in a choice', { industry: '\udfff' }, 'BAD_USER_INPUT'],
    ['a lone surrogate in a choice key', { industryRef: { key: '\udfff' } }, 'BAD_USER_INPUT'],
    ['NUL in text', { jobTitle: '\0' }, 'BAD_USER_INPUT'],
    ['a list for text', { company: ['x'] }, 'BAD_USER_INPUT'],
    ['an object for text', { company: { toString: 'x' } }, 'BAD_USER_INPUT'],
    ['a fraction for a number', { leadScore: 1.5 }, 'BAD_USER_INPUT'],
    ['a decimal beyond its digits', { annualRevenue: 1e16 }, 'BAD_USER_INPUT'],
    ['a decimal that binary cannot hold', { annualRevenue: 0.1 + 0.2 }, 'BAD_USER_INPUT'],
    ['a boolean for a decimal', { annualRevenue: true }, 'BAD_USER_INPUT'],
    ['a member of every object', { __proto__: null, constructor: 'x' }, 'BAD_USER_INPUT'],
    ['null for all', null, 'BAD_USER_INPUT'],
  ])('%s', (_name, input, code) => expectCode(code, () => api.send(UPDATE, { id: ids.lead, input })));
});

describe('a bad token writes nothing and is told what it is', () => {
  const MUTATION = () => `mutation { updateLead(id: "${ids.lead}", input: { company: "Stolen" }) { lead { id } } }`;
  const sign = (claims: Record<string, unknown>, secret = 'a secret for tests that is long enough', expiry: string | number = '1h') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('x')
      .setExpirationTime(expiry)
      .sign(new TextEncoder().encode(secret));
  const claims = { tenant: 'acme', roles: ['writer'] };
  const unsigned = () =>
    [{ alg: 'none' }, { sub: 'x', exp: 9e9, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') +
    '.';

  test.each<[string, () => Promise<string>, string]>([
    ['expired', () => sign(claims, undefined, 1_000_000_000), 'UNAUTHENTICATED'],
    ['signed by somebody else', () => sign(claims, 'another secret that is long enough as well'), 'UNAUTHENTICATED'],
    ['not signed', async () => unsigned(), 'UNAUTHENTICATED'],
    ['no token', async () => 'x', 'UNAUTHENTICATED'],
    ['of a tenant that there is not', () => sign({ ...claims, tenant: 'nobody' }), 'UNAUTHENTICATED'],
    ['of a tenant with NUL in its name', () => sign({ ...claims, tenant: 'a\0' }), 'UNAUTHENTICATED'],
    ['of a tenant with a lone surrogate', () => sign({ ...claims, tenant: '\ud800' }), 'UNAUTHENTICATED'],
    ['with an unknown role', () => sign({ ...claims, roles: ['root'] }), 'UNAUTHENTICATED'],
    ['without a tenant', () => sign({ roles: ['writer'] }), 'UNAUTHENTICATED'],
    ['without roles', () => sign({ ...claims, roles: [] }), 'FORBIDDEN'],
    ['of a reader', () => sign({ ...claims, roles: ['reader'] }), 'FORBIDDEN'],
    ['of an administrator of choices', () => sign({ ...claims, roles: ['choice-admin'] }), 'FORBIDDEN'],
    ['of a platform operator', () => sign({ roles: ['operator'] }), 'FORBIDDEN'],
  ])('%s', async (_name, token, code) => expectCode(code, async () => api.send(MUTATION(), {}, { token: await token() })));
});
