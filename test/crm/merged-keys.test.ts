import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Phase } from '../../src/choice/migrate/phase.ts';
import { startTestApi, type TestApi } from '../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { insertRecord, writeLegacy } from './records.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const OLD = '/graphql/2026-01';

describe.each(['populated', 'migrated', 'preferred', 'contracted'] as const)(
  'keys that were merged, and merged again, at %s',
  (phase: Phase) => {
    let crm: TestCrm;
    let api: TestApi;
    let admin: string;
    const merges: string[] = [];
    const leads: Record<string, string> = {};
    beforeAll(async () => {
      crm = await createTestCrm({ phase, fields: [FIELD] });
      api = await startTestApi(crm);
      admin = await api.token('acme', 'choice-admin', 'writer', 'operator');
      for (const key of ['finance', 'tech', 'retail', 'energy']) leads[key] = await insertRecord(crm, 'lead', { industry: key });
      await merge('finance', 'tech');
      await merge('tech', 'retail');
      await waitUntil('all refs have moved', async () => {
        const { body } = await send('{ choiceRuns { step status } }');
        return body.data.choiceRuns.every((run: { status: string }) => run.status === 'SUCCEEDED');
      });
    });
    afterAll(async () => {
      expect(api.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
      await api.close();
      await crm.close();
    });

    const send = (query: string, path?: string) => api.send(query, {}, { token: admin, ...(path && { path }) });
    const idOf = async (key: string) => {
      const { body } = await send('{ choices(type: INDUSTRY, includeInactive: true) { id key } }');
      return (body.data.choices as { id: string; key: string }[]).find((choice) => choice.key === key)!.id;
    };
    const merge = async (loser: string, survivor: string) => {
      const { body } = await send(
        `mutation { mergeChoices(input: { type: INDUSTRY, loserIds: ["${await idOf(loser)}"], survivorId: "${await idOf(survivor)}" }) { merges { id } } }`,
      );
      merges.push(body.data.mergeChoices.merges[0].id);
    };
    const undo = (id: string) => send(`mutation { undoChoiceMerge(input: { type: INDUSTRY, mergeId: "${id}" }) { choice { key } } }`);
    const readLead = async (id: string) => (await send(`{ lead(id: "${id}") { industry industryRef { key } } }`)).body.data.lead;
    const find = async (filter: string) => {
      const { body } = await send(`{ leads(filter: { ${filter} }) { nodes { id } } }`);
      return new Set((body.data.leads.nodes as { id: string }[]).map(({ id }) => id));
    };
    const is = (industry: string, key: string) => ({ industry, industryRef: { key } });

    test('are what old clients see, and lead new ones to the survivor', async () => {
      for (const key of ['finance', 'tech', 'retail']) expect(await readLead(leads[key]!)).toEqual(is(key, 'retail'));
      const { body } = await send('{ choices(type: INDUSTRY, includeInactive: true) { key mergedInto { key } } }');
      expect(body.data.choices).toEqual(
        expect.arrayContaining([
          { key: 'finance', mergedInto: { key: 'retail' } },
          { key: 'retail', mergedInto: null },
        ]),
      );
      const old = await send(`{ lead(id: "${leads.finance}") { industry } }`, OLD);
      expect(old.body).toEqual({ data: { lead: { industry: 'finance' } } });
    });

    test('sent by a client of 2026-01 or by raw SQL land on the survivor', async () => {
      const created = await send(
        'mutation { createLead(input: { firstName: "A", lastName: "B", email: "a@b", company: "C", leadSource: "web", industry: "finance" }) { lead { id industry } } }',
        OLD,
      );
      expect(created.body.errors).toBeUndefined();
      const { id, industry } = created.body.data.createLead.lead;
      expect(industry).toBe('finance');
      expect(await readLead(id)).toEqual(is('finance', 'retail'));
      const updated = await send(`mutation { updateLead(id: "${id}", input: { industry: "tech" }) { lead { industry } } }`, OLD);
      expect(updated.body.data.updateLead.lead).toEqual({ industry: 'tech' });
      expect(await readLead(id)).toEqual(is('tech', 'retail'));
      await writeLegacy(crm, FIELD, id, 'finance');
      expect(await readLead(id)).toEqual(is('finance', 'retail'));
      await crm.owner.pool.query('DELETE FROM lead WHERE id = $1', [id]);
    });

    test('find by industryRef the survivor’s rows, and by industry those that still answer them', async () => {
      for (const key of ['finance', 'tech', 'retail'])
        expect(await find(`industryRef: { key: ["${key}"] }`)).toEqual(new Set([leads.finance, leads.tech, leads.retail]));
      expect(await find('industry: "finance"')).toEqual(new Set([leads.finance]));
      expect(await find('industry: "retail"')).toEqual(new Set([leads.retail]));
      expect(await find('industryRef: { key: ["energy"] }')).toEqual(new Set([leads.energy]));
    });

    test('go back to the right root where the first merge is undone after the second', async () => {
      expect((await undo(merges[0]!)).body.data.undoChoiceMerge.choice.key).toBe('finance');
      expect(await readLead(leads.finance!)).toEqual(is('finance', 'finance'));
      expect(await readLead(leads.tech!)).toEqual(is('tech', 'retail'));
      expect((await undo(merges[1]!)).body.data.undoChoiceMerge.choice.key).toBe('tech');
      for (const key of ['finance', 'tech', 'retail']) expect(await readLead(leads[key]!)).toEqual(is(key, key));
    });
  },
);
