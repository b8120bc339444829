import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChoicePlan } from '../../../../src/choice/manage/plan.ts';
import { NOBODY } from '../../choice-samples.ts';
import { readChanges, readSequence } from '../../audit/chains.ts';
import { ACCOUNT, createMergeCrm, insertPastTriggers, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
beforeAll(async () => {
  merging = await createMergeCrm('populated');
});
afterAll(() => merging.close());
beforeEach(async () => {
  const { client, acme } = merging;
  await client.query('DELETE FROM lead; DELETE FROM account; DELETE FROM choice_default');
  // No merge of a test before stands.
  await client.query('UPDATE choice_merge SET undone_at = now(), settled_at = now()');
  await client.query(`UPDATE industry SET merged_into_id = NULL, active = true, system = false WHERE tenant_id = '${acme}'`);
  await merging.insert(LEAD, 'finance');
  await merging.insert(LEAD, 'Bank');
  await merging.insert(LEAD, 'tech');
  await insertPastTriggers(merging, LEAD, 'finance', null);
  await merging.insert(ACCOUNT, 'Bank');
});

const setChoice = (key: string, set: string) =>
  merging.client.query(`UPDATE industry SET ${set} WHERE tenant_id = $1 AND key = $2`, [merging.acme, key]);
const countEdges = async () => (await merging.client.query('SELECT FROM choice_merge WHERE undone_at IS NULL')).rowCount;

describe('a dry run', () => {
  test('says what a merge would touch per field, rows without a ref included, and writes nothing', async () => {
    const before = await readSequence(merging.client, merging.acme);
    const { plan, ...result } = await merging.merge(['finance'], 'tech', { dryRun: true });
    const fields = [
      { field: 'Lead.industry', records: 3 },
      { field: 'Account.industry', records: 1 },
    ];
    expect(plan).toMatchObject({
      operation: 'mergeChoices',
      choices: [{ key: 'finance', aliases: ['Bank', 'finance'], fields }],
      replacement: { key: 'tech' },
      fields,
      records: 4,
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(result).toEqual({ merges: [], moved: 0, runId: null });
    expect(await readSequence(merging.client, merging.acme)).toBe(before);
    expect(await merging.readRoots()).toEqual({});
    expect(await countEdges()).toBe(0);
  });

  test('answers the same hash as long as nothing changes, which the merge then takes', async () => {
    const planned = await merging.merge(['finance'], 'tech', { dryRun: true });
    const again = await merging.merge(['finance'], 'tech', { dryRun: true });
    expect(again.plan).toEqual(planned.plan);
    expect(await merging.merge(['finance'], 'tech', { planHash: planned.plan.planHash })).toMatchObject({ plan: planned.plan, moved: 3 });
  });
});

describe('a merge that was planned', () => {
  const CHANGES: readonly [string, () => Promise<unknown>][] = [
    ['a record more carries the choice', () => merging.insert(LEAD, 'Bank')],
    [
      'one of two records went to the other field',
      async () => {
        await merging.client.query(`DELETE FROM account`);
        await merging.insert(LEAD, 'Bank');
      },
    ],
    ['the loser was edited', () => setChoice('finance', `label = 'Banking', version = version + 1`)],
    ['the survivor was edited', () => setChoice('tech', `label = 'IT', version = version + 1`)],
    [
      'the loser has an alias more',
      async () =>
        merging.client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [
          merging.acme,
          'Insurance',
          await merging.id('finance'),
        ]),
    ],
  ];

  test.each(CHANGES)('is a conflict that tells the plan of now where %s', async (_, change) => {
    const { plan } = await merging.merge(['finance'], 'tech', { dryRun: true });
    await change();
    const error = await merging.merge(['finance'], 'tech', { planHash: plan.planHash }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFLICT', data: { plan: { operation: 'mergeChoices' } } });
    expect(await merging.readRoots()).toEqual({});
    const { planHash } = (error as { data: { plan: ChoicePlan } }).data.plan;
    expect(planHash).not.toBe(plan.planHash);
    expect(await merging.merge(['finance'], 'tech', { planHash })).toMatchObject({ merges: [{}] });
  });

  test('with another survivor is one, too', async () => {
    const { plan } = await merging.merge(['finance'], 'tech', { dryRun: true });
    await expect(merging.merge(['finance'], 'retail', { planHash: plan.planHash })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a merge is refused', () => {
  const globex = async () =>
    (
      await merging.client.query<{ id: string }>(`SELECT id FROM industry WHERE tenant_id = $1 AND key = 'finance'`, [
        merging.crm.tenant('globex').id,
      ])
    ).rows[0]!.id;
  test.each([
    ['no loser', async () => ({ loserIds: [] }), { code: 'BAD_USER_INPUT', data: { path: 'loserIds' } }],
    [
      'a choice into itself',
      async () => ({ loserIds: [await merging.id('tech')] }),
      { code: 'BAD_USER_INPUT', data: { path: 'survivorId' } },
    ],
    ['nobody’s id', async () => ({ loserIds: [NOBODY] }), { code: 'NOT_FOUND', data: { path: 'loserIds', id: NOBODY } }],
    ['no id at all', async () => ({ survivorId: 'x' }), { code: 'NOT_FOUND', data: { path: 'survivorId' } }],
    ['another tenant’s choice', async () => ({ loserIds: [await globex()] }), { code: 'NOT_FOUND' }],
    ['into another tenant’s choice', async () => ({ survivorId: await globex() }), { code: 'NOT_FOUND' }],
  ])('with %s', async (_, more, expected) => {
    const request = await more();
    for (const dryRun of [true, false])
      await expect(merging.merge(['finance'], 'tech', { ...request, dryRun })).rejects.toMatchObject(expected);
  });

  test.each([
    ['a choice of the system’s', () => setChoice('finance', 'system = true'), { code: 'CHOICE_SYSTEM', data: { key: 'finance' } }],
    ['an active choice into one that is not', () => setChoice('tech', 'active = false'), { code: 'BAD_USER_INPUT', data: { key: 'tech' } }],
    ['a choice that is merged', () => merging.merge(['finance'], 'retail'), { code: 'CONFLICT', data: { current: { key: 'finance' } } }],
    ['a choice into one that is merged', () => merging.merge(['tech'], 'retail'), { code: 'CONFLICT', data: { path: 'survivorId' } }],
  ])('of %s', async (_, prepare, expected) => {
    await prepare();
    for (const dryRun of [true, false]) await expect(merging.merge(['finance'], 'tech', { dryRun })).rejects.toMatchObject(expected);
  });

  test('of a deleted choice, or into one', async () => {
    await merging.client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'gone', 'Gone', 99)`, [merging.acme]);
    await setChoice('gone', 'deleted_at = now()');
    await expect(merging.merge(['gone'], 'tech')).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'loserIds' } });
    await expect(merging.merge(['finance'], 'gone')).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'survivorId' } });
  });
});

describe('an undo is refused', () => {
  test('of what is no merge, is not one any more, or belongs to somebody else', async () => {
    const { merges } = await merging.merge(['finance'], 'tech');
    const mergeId = merges[0]!.id;
    await expect(merging.undo('finance', { merge: { mergeId: NOBODY } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(merging.undo('finance', { merge: { mergeId: 'x' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(merging.undo('finance', { merge: { type: LEAD.type, loserId: NOBODY } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(merging.undo('tech')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { key: 'tech' } });
    expect(await merging.undo('finance', { merge: { mergeId: mergeId.toUpperCase() } })).toMatchObject({ mergeId, moved: 3 });
    await expect(merging.undo('finance', { merge: { mergeId } })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a merge and its undo', () => {
  test('are recorded with who did it, why, and how many records it touched', async () => {
    const from = await readSequence(merging.client, merging.acme);
    await merging.merge(['finance'], 'tech', { reason: 'the same thing' });
    await merging.undo('finance', { reason: 'it was not' });
    const changes = await readChanges(merging.client, merging.acme, from);
    const told = changes.filter(({ kind }) => kind === 'choice');
    expect(told.map(({ operation, actor, reason, records }) => [operation, actor, reason, records])).toEqual([
      ['mergeChoices', 'ada', 'the same thing', '4'],
      ['undoChoiceMerge', 'ada', 'it was not', '3'],
    ]);
  });

  test('take the default along, and give it back unless somebody has named another', async () => {
    const readDefault = async () =>
      (
        await merging.client.query<{ key: string }>(
          `SELECT key FROM choice_default JOIN industry ON industry.tenant_id = choice_default.tenant_id AND industry.id = choice_id`,
        )
      ).rows.map(({ key }) => key);
    const setDefault = async (key: string) =>
      merging.client.query(
        `INSERT INTO choice_default VALUES ($1, 'Lead.industry', $2) ON CONFLICT (tenant_id, field) DO UPDATE SET choice_id = excluded.choice_id`,
        [merging.acme, await merging.id(key)],
      );
    await setDefault('finance');
    await merging.merge(['finance'], 'tech');
    expect(await readDefault()).toEqual(['tech']);
    await merging.undo('finance');
    expect(await readDefault()).toEqual(['finance']);
    await merging.merge(['finance'], 'tech');
    await setDefault('retail');
    await merging.undo('finance');
    expect(await readDefault()).toEqual(['retail']);
  });

  test('of an inactive choice into an active one work, and it is inactive again', async () => {
    await setChoice('finance', 'active = false');
    await merging.merge(['finance'], 'tech');
    await merging.undo('finance');
    const { rows } = await merging.client.query(`SELECT active FROM industry WHERE tenant_id = $1 AND key = 'finance'`, [merging.acme]);
    expect(rows).toEqual([{ active: false }]);
  });
});
