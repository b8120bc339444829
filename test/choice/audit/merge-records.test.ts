import { afterEach, expect, test } from '@jest/globals';
import { createMergeCrm, FIELDS, LEAD, type MergeCrm } from '../manage/merge/merge-crm.ts';
import { readChanges, readSequence, verifyAll } from './chains.ts';

let merging: MergeCrm;
afterEach(() => merging.close());

test.each(['migrated', 'contracted'] as const)(
  'a merge, and its undoing, tell how many records follow, those that a run moves included: %s',
  async (phase) => {
    merging = await createMergeCrm(phase, async (crm) => {
      for (const field of FIELDS) for (const value of ['finance', 'Bank', 'retail', 'Shop', 'Mystery']) await crm.insert(field, value);
    });
    const { client, acme } = merging;
    const recorded = async (step: () => Promise<unknown>) => {
      const from = await readSequence(client, acme);
      await step();
      const changes = await readChanges(client, acme, from);
      return new Set(changes.map(({ operation, records }) => `${operation}: ${records}`));
    };
    expect(await recorded(() => merging.merge(['finance'], 'retail'))).toEqual(new Set(['mergeChoices: 4']));
    const edited = await merging.insert(LEAD, 'Bank');
    await merging.write(LEAD, edited, 'Shop');
    await merging.insert(LEAD, 'finance');
    expect(await recorded(() => merging.undo('finance', { mostAtOnce: 2 }))).toEqual(new Set(['undoChoiceMerge: 5']));
    expect(await verifyAll({ owner: merging.crm.owner })).toMatchObject({ ok: true });
  },
);
