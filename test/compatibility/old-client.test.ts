import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { withoutRules } from '../choice/without-rules.ts';
import { readStored } from '../crm/records.ts';
import { addColumns, awaitServers } from '../harness/regimes.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { insertDataset, recordId } from './dataset.ts';

/** What an old client reads of a lead, and what it may send back. */
const WRITABLE = 'firstName lastName email phone company jobTitle country leadScore annualRevenue';
const LEGACY_CHOICES = 'industry leadSource status marketingChannel';
const PATHS = ['/graphql/2026-01', '/graphql/2026-11', '/graphql'];
const LEADS = [0, 1, 2, 3];

let crm: TestCrm;
let api: TestApi;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'legacy' });
  await insertDataset(crm.owner, [crm.tenant('acme')]);
  // Unmapped, odd, empty where it may be, and mapped.
  for (const [index, value] of ['never seen', 'Tech ', ' ', 'energy'].entries())
    await crm.owner.pool.query('UPDATE lead SET industry = $2, lead_source = $3, status = $3, marketing_channel = $4 WHERE id = $1', [
      recordId('lead', index),
      value,
      value.trim() || 'new',
      index % 2 ? '' : null,
    ]);
  await crm.expand();
  api = await startTestApi(crm);
});
afterAll(async () => {
  await api.close();
  await crm.close();
});

async function readLead(index: number, path: string) {
  const { body } = await api.send(`{ lead(id: "${recordId('lead', index)}") { version ${WRITABLE} ${LEGACY_CHOICES} } }`, {}, { path });
  return body.data.lead as Record<string, unknown>;
}

function writeLead(index: number, input: unknown, path: string) {
  return api.send(
    `mutation ($id: ID!, $input: UpdateLeadInput!) { updateLead(id: $id, input: $input) { lead { version ${WRITABLE} ${LEGACY_CHOICES} } } }`,
    { id: recordId('lead', index), input },
    { path },
  );
}

const rowOf = async (index: number) =>
  (await readStored(crm, 'lead', recordId('lead', index))) as Record<string, unknown> & { version: number };

const refused = new Map<string, string>();

/** Every phase that a running server meets, in order. */
const PHASES: readonly [string, () => Promise<unknown>][] = [
  ['expanded', async () => undefined],
  ['populated', () => crm.populate()],
  ['migrated', () => crm.migrate()],
  ['preferred', () => crm.prefer()],
  ['contracted', () => crm.contract()],
  ['contracted, with columns that come back', () => addColumns(crm)],
  ['preferred again', () => crm.rollback('preferred')],
  [
    'preferred, with everything inactive',
    () =>
      crm.owner.pool.query(choiceRegistry.types.map((type) => withoutRules(type, `UPDATE ${type.table} SET active = false`)).join('; ')),
  ],
  ['contracted, with everything inactive', () => crm.contract()],
];

describe.each(PHASES)('an old client at %s', (phase, enter) => {
  beforeAll(async () => {
    await enter();
    await awaitServers(crm);
  });

  test.each(LEADS.flatMap((index) => PATHS.map((path) => [index, path] as const)))(
    'sends lead %i back to %s as it read it: it passes and nothing is written',
    async (index, path) => {
      const lead = await readLead(index, path);
      const before = await rowOf(index);
      const { body } = await writeLead(index, lead, path);
      expect(body.errors).toBeUndefined();
      expect(body.data.updateLead.lead).toEqual(lead);
      expect(await rowOf(index)).toEqual(before);
    },
  );

  test.each(LEADS)('sends lead %i back with one other member changed: that member is written and no other', async (index) => {
    const lead = await readLead(index, PATHS[0]!);
    const before = await rowOf(index);
    const { body } = await writeLead(index, { ...lead, jobTitle: `${phase} ${index}` }, PATHS[0]!);
    expect(body.errors).toBeUndefined();
    const after = await rowOf(index);
    expect(after).toEqual({
      ...before,
      job_title: `${phase} ${index}`,
      version: before.version + 1,
      updated_at: after.updated_at,
      xmin: after.xmin,
    });
  });

  test.each(LEADS.flatMap((index) => ['industry', 'leadSource', 'status', 'marketingChannel'].map((field) => [index, field] as const)))(
    'changes lead %i to an unknown %s: CHOICE_UNKNOWN',
    async (index, field) => {
      const before = await rowOf(index);
      for (const path of PATHS) {
        const lead = await readLead(index, path);
        const { status, text, body } = await writeLead(index, { ...lead, version: undefined, [field]: 'tecj' }, path);
        expect(body.errors).toMatchObject([{ extensions: { code: 'CHOICE_UNKNOWN', value: 'tecj' } }]);
        expect(await rowOf(index)).toEqual(before);
        // With everything inactive nothing may be chosen: that is an edit, and another list.
        if (phase.includes('inactive')) continue;
        const name = `${path} ${index} ${field}`;
        expect(`${status} ${text}`).toBe(refused.get(name) ?? `${status} ${text}`);
        refused.set(name, `${status} ${text}`);
      }
    },
  );
});

test('every phase was compared', () => expect(refused.size).toBe(LEADS.length * 4 * PATHS.length));
