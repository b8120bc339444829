import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { choiceId, create, hashRows, insertRecord, readStored, REQUIRED, update } from './records.ts';

let crm: TestCrm;
let api: TestApi;
let lead: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  api = await startTestApi(crm);
});
beforeEach(async () => {
  lead = await insertRecord(crm, 'lead', { annual_revenue: '12.50', phone: '', legacy_id: null });
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await crm.close();
});

const send = (query: string) => api.send(query).then(({ body }) => body);

describe('while a tenant has no choices', () => {
  const FIELD = choiceRegistry.field('Lead.industry')!;
  const leadOf = (input: object) => ({ ...REQUIRED.Lead!(''), leadSource: 'web', ...input });

  test.each([
    ['a string', { industry: 'finance' }],
    ['a key', { industryRef: { key: 'finance' } }],
    ['both', { industry: 'finance', industryRef: { key: 'finance' } }],
  ])('the hardcoded list decides: %s of it is written, without a ref', async (_which, input) => {
    const { record } = await create(api, FIELD, leadOf(input));
    expect(record).toMatchObject({ legacy: 'finance', ref: null, label: 'Finance' });
    expect(await update(api, FIELD, lead, input)).toMatchObject({ record: { legacy: 'finance', version: 2 } });
    const before = await readStored(crm, 'lead', lead);
    expect(await update(api, FIELD, lead, input)).toMatchObject({ record: { legacy: 'finance', version: 2 } });
    expect(await readStored(crm, 'lead', lead)).toEqual(before);
  });

  test.each<[string, object, string]>([
    ['an unknown string', { industry: 'Finance' }, 'CHOICE_UNKNOWN'],
    ['an unknown key', { industryRef: { key: 'Finance' } }, 'CHOICE_UNKNOWN'],
    ['an id', { industryRef: { id: '00000000-0000-0000-0000-000000000000' } }, 'NOT_FOUND'],
    ['two that disagree', { industry: 'finance', industryRef: { key: 'tech' } }, 'CHOICE_CONFLICT'],
    ['a string and a null ref', { industry: 'finance', industryRef: null }, 'CHOICE_CONFLICT'],
    ['a null string and a ref', { industry: null, industryRef: { key: 'finance' } }, 'CHOICE_CONFLICT'],
    ['null', { industry: null }, 'BAD_USER_INPUT'],
  ])('%s is refused', async (_which, input, code) => {
    const refused = await create(api, FIELD, leadOf(input));
    expect(refused.code).toBe(code);
    if (code === 'CHOICE_CONFLICT') {
      const { industry: legacy = null, industryRef } = input as { industry?: string | null; industryRef?: { key: string } | null };
      expect(refused.error.extensions).toMatchObject({ field: 'Lead.industry', legacy, ref: industryRef?.key ?? null });
    }
  });

  test('a null ref is what was answered, and so changes nothing', async () => {
    const channel = choiceRegistry.field('Lead.marketingChannel')!;
    await crm.owner.pool.query(`UPDATE lead SET marketing_channel = 'seo' WHERE id = $1`, [lead]);
    expect(await update(api, channel, lead, { marketingChannelRef: null })).toMatchObject({ record: { legacy: 'seo', version: 1 } });
    expect(await update(api, FIELD, lead, { industryRef: null })).toMatchObject({ record: { legacy: 'tech', version: 1 } });
  });

  test('of two inputs the one that changes nothing counts as absent', async () => {
    expect(await update(api, FIELD, lead, { industry: 'finance', industryRef: { key: 'tech' } })).toMatchObject({
      record: { legacy: 'finance' },
    });
    expect(await update(api, FIELD, lead, { industry: 'finance', industryRef: { key: 'retail' } })).toMatchObject({
      record: { legacy: 'retail' },
    });
  });

  test('forms are offered the hardcoded list, and there are no choices', async () => {
    const body = await send(
      '{ choiceOptions(field: LEAD_STATUS) { source required options { id key label active choice { id } } } choices(type: LEAD_STATUS, includeInactive: true) { id } choiceFields { phase rows } }',
    );
    expect(body.data.choiceOptions).toMatchObject({
      source: 'HARDCODED',
      required: true,
      options: [{ id: null, key: 'new', label: 'New', active: true, choice: null }, {}, {}, {}, {}],
    });
    expect(body.data.choices).toEqual([]);
    expect(body.data.choiceFields).toHaveLength(10);
    expect(new Set(body.data.choiceFields.map(({ phase }: { phase: string }) => phase))).toEqual(new Set(['EXPANDED']));
  });
});

describe('an update', () => {
  test.each([
    ['nothing', ''],
    ['what is stored', 'firstName: "Ada", phone: "", jobTitle: null, leadScore: 0, annualRevenue: "12.5", industry: "tech", version: 1'],
    ['the same number in other words', 'annualRevenue: 12.50'],
    ['the same number with a leading zero', 'annualRevenue: "0012.5"'],
  ])('of %s writes nothing', async (_what, input) => {
    const before = await readStored(crm, 'lead', lead);
    const { data, errors } = await send(`mutation { updateLead(id: "${lead}", input: { ${input} }) { lead { version annualRevenue } } }`);
    expect({ data, errors }).toEqual({ data: { updateLead: { lead: { version: 1, annualRevenue: '12.50' } } } });
    expect(await readStored(crm, 'lead', lead)).toEqual(before);
  });

  test('keeps a decimal exactly, and tells texts that differ in their bytes apart', async () => {
    const input = 'annualRevenue: "-9999999999999999.99", company: "cafe\\u0301", jobTitle: ""';
    expect(await send(`mutation { updateLead(id: "${lead}", input: { ${input} }) { lead { annualRevenue company jobTitle } } }`)).toEqual({
      data: { updateLead: { lead: { annualRevenue: '-9999999999999999.99', company: 'cafe\u0301', jobTitle: '' } } },
    });
    await send(`mutation { updateLead(id: "${lead}", input: { company: "caf\\u00e9" }) { lead { id } } }`);
    expect(await readStored(crm, 'lead', lead)).toMatchObject({ company: 'caf\u00e9', annual_revenue: '-9999999999999999.99', version: 3 });
  });

  test('replaces a number that is none', async () => {
    await crm.owner.pool.query(`UPDATE lead SET annual_revenue = 'NaN' WHERE id = $1`, [lead]);
    expect(await send(`mutation { updateLead(id: "${lead}", input: { annualRevenue: 1 }) { lead { annualRevenue } } }`)).toEqual({
      data: { updateLead: { lead: { annualRevenue: '1.00' } } },
    });
  });

  test('moves updatedAt and version, not createdAt', async () => {
    await crm.owner.pool.query(`UPDATE lead SET created_at = '2020-01-01', updated_at = '2020-01-01' WHERE id = $1`, [lead]);
    const body = await send(`mutation { updateLead(id: "${lead}", input: { company: "New" }) { lead { createdAt updatedAt version } } }`);
    expect(body.data.updateLead.lead).toMatchObject({ createdAt: '2020-01-01T00:00:00.000Z', version: 2 });
    expect(body.data.updateLead.lead.updatedAt > '2026').toBe(true);
  });

  test('refused for one member writes none of the others', async () => {
    const before = await hashRows(crm);
    expect(
      (
        await send(
          `mutation { updateLead(id: "${lead}", input: { company: "New", status: "converted", industry: "huh" }) { lead { id } } }`,
        )
      ).errors,
    ).toHaveLength(1);
    expect(await hashRows(crm)).toBe(before);
  });
});

describe('a deletion', () => {
  test('of an account that has opportunities is a conflict that counts them', async () => {
    const account = await insertRecord(crm, 'account', {});
    const opportunities = [
      await insertRecord(crm, 'opportunity', { account_id: account }),
      await insertRecord(crm, 'opportunity', { account_id: account }),
    ];
    const remove = () => send(`mutation { deleteAccount(id: "${account}") { account { name } } }`);
    expect((await remove()).errors).toMatchObject([{ extensions: { code: 'CONFLICT', references: { opportunity: 2 } } }]);
    for (const id of opportunities) await send(`mutation { deleteOpportunity(id: "${id}") { opportunity { id account { name } } } }`);
    expect(await remove()).toEqual({ data: { deleteAccount: { account: { name: 'Engines' } } } });
  });

  test('of a lead leaves its tasks, without a lead', async () => {
    const task = await insertRecord(crm, 'task', { lead_id: lead });
    expect((await send(`mutation { deleteLead(id: "${lead}") { lead { id company } } }`)).data.deleteLead.lead).toEqual({
      id: lead,
      company: 'Engines',
    });
    expect((await send(`{ task(id: "${task}") { leadId lead { id } taskType } lead(id: "${lead}") { id } }`)).data).toEqual({
      task: { leadId: null, lead: null, taskType: 'custom' },
      lead: null,
    });
  });
});

describe('a deleted choice', () => {
  test("is nobody's: neither read, found, offered nor chosen, though its key still is an alias", async () => {
    await crm.populate();
    const field = choiceRegistry.field('Lead.industry')!;
    const id = await choiceId(crm, field, 'energy');
    await crm.owner.pool.query('UPDATE industry SET deleted_at = now() WHERE id = $1', [id]);
    const record = await insertRecord(crm, 'lead', { industry: 'energy' });
    const body = await send(`{
      lead(id: "${record}") { industry industryRef { key } industryLabel }
      byKey: leads(filter: { industryRef: { key: ["energy"] } }) { totalCount } byId: leads(filter: { industryRef: { id: ["${id}"] } }) { totalCount }
      without: leads(filter: { industryRef: { isNull: true } }) { nodes { id } } with: leads(first: 500, filter: { industryRef: { isNull: false } }) { nodes { id } }
      choices(type: INDUSTRY, includeInactive: true) { key } choiceOptions(field: LEAD_INDUSTRY) { options { key } }
    }`);
    expect(body.data).toMatchObject({
      lead: { industry: 'energy', industryRef: null, industryLabel: 'Energy' },
      byKey: { totalCount: 0 },
      byId: { totalCount: 0 },
      without: { nodes: [{ id: record }] },
    });
    expect(body.data.with.nodes).not.toContainEqual({ id: record });
    expect(JSON.stringify([body.data.choices, body.data.choiceOptions])).not.toContain('energy');
    for (const input of [{ industry: 'energy' }, { industryRef: { key: 'energy' } }])
      expect((await update(api, field, lead, input)).code).toBe('CHOICE_UNKNOWN');
    expect((await update(api, field, lead, { industryRef: { id } })).code).toBe('NOT_FOUND');
  });
});
