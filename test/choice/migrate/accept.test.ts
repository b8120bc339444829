import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';

let leads: LegacyLeads;
beforeAll(async () => {
  leads = await createLegacyLeads(['Finanz', 'Finanz', 'tech', '', 'tech ']);
});
afterAll(() => leads.close());
beforeEach(() => leads.client.query('DELETE FROM choice_acceptance'));

const accept = (values: readonly string[], reason = 'a good one') =>
  acceptValues(leads.crm.owner.sql, { field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), values, reason }, leads.crm.run).then(
    (result) => result.accepted,
  );
const readAccepted = async () =>
  (await leads.client.query('SELECT legacy_value AS value, reason, accepted_by AS by FROM choice_acceptance ORDER BY legacy_value')).rows;

test('an acceptance is recorded with who and why, to the byte, and the first one stays', async () => {
  expect(await accept(['tech ', 'Finanz'])).toEqual([
    { value: 'Finanz', count: 2, added: true },
    { value: 'tech ', count: 1, added: true },
  ]);
  expect(await accept(['Finanz'], 'another')).toEqual([{ value: 'Finanz', count: 2, added: false }]);
  expect(await readAccepted()).toEqual([
    { value: 'Finanz', reason: 'a good one', by: 'test' },
    { value: 'tech ', reason: 'a good one', by: 'test' },
  ]);
});

test.each([
  ['a value that is mapped', 'tech', 'is mapped'],
  ['a value that no row carries', 'finanz', 'No row'],
  ['the empty value', '', 'no choice'],
])('%s is a usage error and none of its companions is accepted', async (_, value, message) => {
  await expect(accept(['Finanz', value])).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(message) });
  expect(await readAccepted()).toEqual([]);
});

test.each(['', ' ', '\n\u00a0'])('the reason %j is a usage error', async (reason) => {
  await expect(accept(['Finanz'], reason)).rejects.toMatchObject({ name: 'UsageError' });
});
