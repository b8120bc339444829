import { afterEach, describe, expect, test } from '@jest/globals';
import { deleteChoice } from '../../../../src/choice/manage/delete-choice.ts';
import { type ChoiceEditor, createChoiceEditor } from '../choice-editor.ts';
import { createMergeCrm, LEAD, type MergeCrm } from './merge-crm.ts';

let merging: MergeCrm;
let editor: ChoiceEditor;
/** Two records of finance. */
let leads: string[];
const start = async (phase: 'populated' | 'migrated' | 'contracted') => {
  merging = await createMergeCrm(phase, async (crm) => {
    leads = [await crm.insert(LEAD, 'Bank'), await crm.insert(LEAD, 'finance')];
    await crm.insert(LEAD, 'tech');
  });
  editor = await createChoiceEditor({ ...merging.crm, close: () => Promise.resolve() });
};
afterEach(async () => {
  await editor.close();
  await merging.close();
});

const USES = [{ field: LEAD.coordinate, records: 2 }];

describe.each(['populated', 'migrated', 'contracted'] as const)('at %s, while records are on their way back, their choice', (phase) => {
  const remove = async () => {
    const id = await merging.id('finance');
    return editor.edit((edit) => deleteChoice(edit, { id }));
  };
  const removeBySql = () =>
    merging.client.query(`UPDATE industry SET deleted_at = now() WHERE tenant_id = $1 AND key = 'finance'`, [merging.acme]);

  test('is not deleted, by the service or by SQL; once they are back and gone, it is', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.undo('finance', { mostAtOnce: 1 });
    await expect(remove()).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { records: 2, returning: 1, fields: USES } });
    await merging.client.query('DELETE FROM lead WHERE industry_id = $1', [await merging.id('finance')]);
    await expect(remove()).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { records: 1, returning: 1 } });
    await expect(removeBySql()).rejects.toMatchObject({ code: '23001', constraint: 'choice_in_use' });
    await merging.settle();
    await expect(removeBySql()).rejects.toMatchObject({ constraint: 'choice_in_use' });
    await merging.client.query('DELETE FROM lead WHERE industry_id = $1', [await merging.id('finance')]);
    expect(await remove()).toMatchObject({ choice: { deleted: true } });
  });

  test('is deleted where none of them is left, though the merge’s undoing has not ended', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.undo('finance', { mostAtOnce: 0 });
    for (const id of leads) await merging.write(LEAD, id, 'retail');
    expect(await remove()).toMatchObject({ choice: { deleted: true } });
    await merging.settle();
    expect([...(await merging.read(LEAD)).values()].map(([string]) => string).sort()).toEqual(['retail', 'retail', 'tech']);
  });
});

describe.each(['migrated', 'contracted'] as const)('at %s, a merge made again', (phase) => {
  test('while records are on their way back is refused, and lists what was edited since once they are back', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.undo('finance', { mostAtOnce: 0 });
    const refused = {
      code: 'CONFLICT',
      data: { path: 'loserIds', retry: true, records: 2, fields: USES },
    };
    await expect(merging.merge(['finance'], 'tech')).rejects.toMatchObject(refused);
    await expect(merging.merge(['finance'], 'retail', { dryRun: true })).rejects.toMatchObject(refused);
    await merging.settle();
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.write(LEAD, leads[0]!, 'retail');
    expect((await merging.undo('finance')).edited).toEqual({ total: 1, records: [{ field: LEAD.coordinate, id: leads[0] }] });
  });

  test('of where they come back from is refused likewise, so that its undoing lists none of them', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.settle();
    await merging.undo('finance', { mostAtOnce: 1 });
    for (const survivor of ['finance', 'energy'])
      await expect(merging.merge(['tech'], survivor)).rejects.toMatchObject({ code: 'CONFLICT', data: { retry: true, records: 1 } });
    await merging.settle();
    await merging.merge(['tech'], 'finance');
    await merging.settle();
    expect((await merging.undo('tech')).edited).toEqual({ total: 0, records: [] });
  });

  test('of what is merged into it, while records of that are on their way back, likewise', async () => {
    await start(phase);
    await merging.merge(['finance'], 'tech');
    await merging.merge(['tech'], 'retail');
    await merging.settle();
    await merging.undo('tech', { mostAtOnce: 0 });
    await expect(merging.merge(['tech'], 'retail')).rejects.toMatchObject({ code: 'CONFLICT', data: { records: 3 } });
    await merging.merge(['energy'], 'tech');
    expect(await merging.readRoots()).toEqual({ energy: 'tech', finance: 'tech' });
  });
});
