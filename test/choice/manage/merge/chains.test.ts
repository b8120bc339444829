import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNT, createMergeCrm, FIELDS, insertPastTriggers, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
afterEach(() => merging.close());

/** finance → tech (first), tech → retail (second). */
const VALUES = ['finance', 'Bank', 'tech', 'IT ', 'retail', 'Shop'] as const;
const OWN = { finance: 'finance', Bank: 'finance', tech: 'tech', 'IT ': 'tech', retail: 'retail', Shop: 'retail' };

const fill = async (crm: MergeCrm) => {
  for (const field of FIELDS) for (const value of VALUES) await crm.insert(field, value);
};
/** String → key of the ref, the same for every field and row. */
const readKeys = async () => {
  const keys: Record<string, string | null> = {};
  for (const field of FIELDS)
    for (const [string, ref] of (await merging.read(field)).values()) {
      expect(keys[string!] ?? ref).toBe(ref);
      keys[string!] = ref;
    }
  return keys;
};

describe.each(['preferred', 'contracted'] as const)('a choice merged twice at %s', (phase) => {
  beforeEach(async () => {
    merging = await createMergeCrm(phase, fill);
  });

  const ORDERS = [
    ['the second merge first', ['tech', 'finance'], { finance: 'tech' }, { ...OWN, finance: 'tech', Bank: 'tech' }],
    ['the first merge first', ['finance', 'tech'], { tech: 'retail' }, { ...OWN, tech: 'retail', 'IT ': 'retail' }],
  ] as const;
  const PACES = [
    ['all rows at once', 500, true],
    ['rows that move afterwards', 0, true],
    ['no row between the merges and their undoing', 0, false],
  ] as const;
  const cases = ORDERS.flatMap(([order, losers, roots, keys]) =>
    PACES.map(([pace, mostAtOnce, settles]) => ({ order, losers, roots, keys, pace, mostAtOnce, settles })),
  );

  test.each(cases)('goes back to the right root: $order, $pace', async ({ losers, roots, keys, mostAtOnce, settles }) => {
    const settle = () => (settles ? merging.settle() : Promise.resolve());
    await merging.merge(['finance'], 'tech', { mostAtOnce });
    await settle();
    await merging.merge(['tech'], 'retail', { mostAtOnce });
    await settle();
    expect(await merging.readRoots()).toEqual({ finance: 'retail', tech: 'retail' });
    if (settles) expect(new Set(Object.values(await readKeys()))).toEqual(new Set(['retail']));

    const first = await merging.undo(losers[0], { mostAtOnce });
    expect(first).toMatchObject({ survivorId: await merging.id('retail'), edited: { total: 0 } });
    expect(await merging.readRoots()).toEqual(roots);
    await settle();
    if (settles) expect(await readKeys()).toEqual(keys);

    const second = await merging.undo(losers[1], { mostAtOnce });
    expect(second).toMatchObject({ edited: { total: 0 } });
    expect(await merging.readRoots()).toEqual({});
    expect(await merging.settle()).toMatchObject({ ok: true });
    expect(await readKeys()).toEqual(OWN);
  });

  test.each(ORDERS.map(([order, losers]) => ({ order, losers })))(
    'whose records are on their way back when the other merge is undone loses none, and lists none: $order',
    async ({ losers }) => {
      await merging.merge(['finance'], 'tech');
      await merging.merge(['tech'], 'retail');
      await merging.settle();
      await merging.undo(losers[0], { mostAtOnce: 0 });
      expect(await merging.undo(losers[1], { mostAtOnce: 0 })).toMatchObject({ edited: { total: 0, records: [] } });
      await merging.settle();
      expect(await readKeys()).toEqual(OWN);
    },
  );

  test('and parted before its records have moved a second time: they come back from where the first merge had them go', async () => {
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.merge(['tech'], 'retail', { mostAtOnce: 0 });
    const undone = await merging.undo('finance', { mostAtOnce: 0 });
    expect(undone).toMatchObject({ survivorId: await merging.id('retail'), edited: { total: 0 } });
    await merging.undo('tech', { mostAtOnce: 0 });
    expect(await merging.settle()).toMatchObject({ ok: true });
    expect(await readKeys()).toEqual(OWN);
  });

  test('and a third time: who parts first takes along what stands on the way', async () => {
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.merge(['tech'], 'retail');
    await merging.settle();
    await merging.merge(['retail'], 'energy', { mostAtOnce: 0 });
    expect(await merging.undo('finance', { mostAtOnce: 0 })).toMatchObject({ edited: { total: 0 } });
    expect(await merging.settle()).toMatchObject({ ok: true });
    expect(await readKeys()).toEqual({ ...OWN, tech: 'energy', 'IT ': 'energy', retail: 'energy', Shop: 'energy' });
  });

  test('and parted alone before its records have moved a second time: only they come back', async () => {
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.merge(['tech'], 'retail', { mostAtOnce: 0 });
    await merging.undo('finance', { mostAtOnce: 0 });
    expect(await merging.settle()).toMatchObject({ ok: true });
    expect(await readKeys()).toEqual({ ...OWN, tech: 'retail', 'IT ': 'retail' });
  });

  test('answers for its key, sent by an old client or by raw SQL: the survivor, and the string stays', async () => {
    await merging.merge(['finance'], 'tech');
    await merging.merge(['tech'], 'retail');
    await merging.settle();
    const id = await merging.insert(LEAD, 'Mystery');
    await merging.write(LEAD, id, 'finance');
    expect((await merging.read(LEAD)).get(id)).toEqual(['finance', 'retail']);
  });

  test('into several at once, and again once that was undone', async () => {
    const { merges } = await merging.merge(['finance', 'tech'], 'retail');
    expect(merges).toHaveLength(2);
    await merging.settle();
    await merging.undo('finance');
    await merging.settle();
    expect(await readKeys()).toEqual({ ...OWN, tech: 'retail', 'IT ': 'retail' });
    await merging.merge(['finance'], 'energy');
    await merging.settle();
    expect(await readKeys()).toEqual({ ...OWN, finance: 'energy', Bank: 'energy', tech: 'retail', 'IT ': 'retail' });
    await merging.undo('finance');
    await merging.undo('tech');
    await merging.settle();
    expect(await readKeys()).toEqual(OWN);
  });
});

describe('what others did past the service', () => {
  beforeEach(async () => {
    merging = await createMergeCrm('migrated', fill);
  });
  const rawMerge = (loser: string, survivor: string | null) =>
    merging.client.query(
      'UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = $3) WHERE tenant_id = $1 AND key = $2',
      [merging.acme, loser, survivor],
    );

  test('a merge by raw SQL is undone like any other', async () => {
    await rawMerge('finance', 'tech');
    await merging.merge(['tech'], 'retail');
    await merging.settle();
    await merging.undo('tech');
    expect(await merging.readRoots()).toEqual({ finance: 'tech' });
    await merging.undo('finance');
    await merging.settle();
    expect(await readKeys()).toEqual(OWN);
  });

  test('a merge by raw SQL that raw SQL took back is no merge any more', async () => {
    await rawMerge('finance', 'tech');
    await rawMerge('finance', null);
    await expect(merging.undo('finance')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { key: 'finance' } });
    expect(await readKeys()).toEqual(OWN);
  });

  describe('a merge whose records have followed is not taken back by raw SQL', () => {
    const refused = { code: '23514', constraint: 'choice_merged', message: expect.stringContaining('undoChoiceMerge') };

    test.each([[null], ['retail']])('to lead to %s', async (elsewhere) => {
      await merging.merge(['finance'], 'tech');
      await merging.settle();
      await expect(rawMerge('finance', elsewhere)).rejects.toMatchObject(refused);
      expect(await merging.undo('finance')).toMatchObject({ edited: { total: 0 } });
      await merging.settle();
      expect(await readKeys()).toEqual(OWN);
      await rawMerge('finance', 'tech');
      expect(await merging.readRoots()).toEqual({ finance: 'tech' });
    });

    test('nor either of a chain; one that raw SQL merged on has all of them follow, and come back', async () => {
      await merging.merge(['finance'], 'tech');
      await merging.settle();
      await rawMerge('tech', 'retail');
      expect(await merging.readRoots()).toEqual({ finance: 'retail', tech: 'retail' });
      for (const elsewhere of [null, 'healthcare']) await expect(rawMerge('finance', elsewhere)).rejects.toMatchObject(refused);
      await merging.undo('tech');
      expect(await merging.readRoots()).toEqual({ finance: 'tech' });
      await merging.undo('finance');
      await merging.settle();
      expect(await readKeys()).toEqual(OWN);
    });
  });

  test('rows that drifted before the merge answer the survivor by their ref, and keep it and their string through merge and undo', async () => {
    const drifted = await insertPastTriggers(merging, LEAD, 'Shop', await merging.id('finance'));
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    expect((await merging.read(LEAD)).get(drifted)).toEqual(['Shop', 'finance']);
    expect(await merging.undo('finance')).toMatchObject({ edited: { total: 0 } });
    await merging.settle();
    expect((await merging.read(LEAD)).get(drifted)).toEqual(['Shop', 'finance']);
  });

  test('the other tenant’s choices and records are left alone', async () => {
    const other = merging.crm.tenant('globex').id;
    const count = async () =>
      (
        await merging.client.query(`SELECT count(*)::int AS merged FROM industry WHERE tenant_id = $1 AND merged_into_id IS NOT NULL`, [
          other,
        ])
      ).rows;
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    expect(await count()).toEqual([{ merged: 0 }]);
    expect((await merging.read(ACCOUNT)).size).toBe(VALUES.length);
  });
});
