import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { insertRecord } from '../records.ts';
import { INDUSTRY } from './choice-editor.ts';
import { createSourceEditor, FIELD, SOURCE, type SourceEditor } from './source-editor.ts';

let editor: SourceEditor;
beforeAll(async () => {
  editor = await createSourceEditor();
});
beforeEach(() => editor.reset());
afterAll(() => editor.close());

test.each<[string, () => Promise<unknown>, () => Promise<unknown>, object]>([
  [
    'a label that another choice has by now',
    () => editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' })),
    () => editor.edit((inside) => updateChoice(inside, { id: editor.ids.event!, label: 'ADS' })),
    { code: 'BAD_USER_INPUT', data: { path: 'label', choice: { key: 'event' } } },
  ],
  [
    'an alias that another choice has by now',
    async () => {
      await editor.client.query(`INSERT INTO lead_source_alias VALUES ($1, 'E-Mail', $2)`, [editor.acme, editor.ids.ads]);
      return editor.edit((inside) => removeAlias(inside, { value: 'E-Mail' }));
    },
    () => editor.edit((inside) => addAlias(inside, { choiceId: editor.ids.event!, value: 'E-Mail' })),
    { code: 'CONFLICT', data: { path: 'sequence', current: { key: 'event' } } },
  ],
  [
    'a default that is inactive by now',
    async () => {
      await editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: editor.ids.ads! }));
      await editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: editor.ids.event! }));
    },
    () => editor.edit((inside) => setChoiceActive(inside, { id: editor.ids.ads!, active: false })),
    { code: 'CHOICE_INACTIVE', data: { key: 'ads' } },
  ],
  [
    'an alias that records carry by now',
    () => editor.edit((inside) => addAlias(inside, { choiceId: editor.ids.ads!, value: 'E-Mail' })),
    () => insertRecord(editor.client, FIELD, editor.acme, { legacy: 'E-Mail' }),
    { code: 'CHOICE_IN_USE', data: { fields: [{ field: 'Lead.leadSource', records: 1 }], records: 1 } },
  ],
  [
    'the activation of a choice that is the default by now',
    async () => {
      await editor.client.query('UPDATE lead_source SET active = false WHERE id = $1', [editor.ids.ads]);
      return editor.edit((inside) => setChoiceActive(inside, { id: editor.ids.ads!, active: true }));
    },
    () => editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: editor.ids.ads! })),
    { code: 'CHOICE_IN_USE', data: { defaultOf: ['Lead.leadSource'], alternatives: ['replacementId'] } },
  ],
  [
    'a label of a choice that is deleted by now',
    () => editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' })),
    () => editor.edit((inside) => deleteChoice(inside, { id: editor.ids.ads! })),
    { code: 'NOT_FOUND', data: { key: 'ads' } },
  ],
  [
    'a label of a choice that is merged by now',
    () => editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' })),
    () => editor.client.query('UPDATE lead_source SET merged_into_id = $2 WHERE id = $1', [editor.ids.ads, editor.ids.event]),
    { code: 'BAD_USER_INPUT', data: { key: 'ads' } },
  ],
])('today’s rules hold: %s', async (_, work, since, error) => {
  const changed = (await editor.record(work)).at(-1)!;
  await since();
  const before = [await editor.countChanges(), await editor.readState()];
  await expect(editor.revert(changed)).rejects.toMatchObject(error);
  expect([await editor.countChanges(), await editor.readState()]).toEqual(before);
});

test('a choice that records have is not taken back, and one that rests on another needs a replacement', async () => {
  const [created] = await editor.record(() => editor.edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}` })));
  const [fair] = [...(await editor.read(SOURCE)).values()].filter(({ deleted, position }) => !deleted && position === 5);
  await insertRecord(editor.client, FIELD, editor.acme, { legacy: fair!.key });
  await expect(editor.revert(created!)).rejects.toMatchObject({
    code: 'CHOICE_IN_USE',
    data: { fields: [{ field: 'Lead.leadSource', records: 1 }], alternatives: ['mergeChoices', 'setChoiceActive'] },
  });
  await editor.client.query('DELETE FROM lead');
  await editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: fair!.id }));
  await expect(editor.revert(created!)).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { alternatives: ['replacementId'] } });
  expect(await editor.revert(created!, { replacementId: editor.ids.ads! })).toMatchObject({ id: fair!.id, deleted: true });
  expect((await editor.readState()).defaults).toEqual([{ field: 'Lead.leadSource', choice_id: editor.ids.ads }]);
});

test('at another version is a conflict', async () => {
  const moves = await editor.record(() => editor.reorder('event', 'web', 'referral', 'ads'));
  const [labelled] = await editor.record(() => editor.edit((inside) => updateChoice(inside, { id: editor.ids.event!, label: 'Fair' })));
  for (const sequence of [labelled!, moves.find(({ object }) => object === editor.ids.event)!])
    await expect(editor.revert(sequence, { version: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { current: { key: 'event', version: 3 } },
    });
  expect(await editor.revert(labelled!, { version: 3 })).toMatchObject({ label: 'Event', version: 4 });
});

test('merges, phases and what the owner alone may say are refused, with what does it instead', async () => {
  const update = (set: string) =>
    editor.record(() => editor.client.query(`UPDATE lead_source SET ${set} WHERE id = $1`, [editor.ids.ads])).then((made) => made[0]!);
  const merged = await update(`merged_into_id = '${editor.ids.event}'`);
  await expect(editor.revert(merged)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    data: { path: 'sequence', id: editor.ids.ads, alternatives: ['undoChoiceMerge'] },
  });
  const undone = await update('merged_into_id = NULL');
  await expect(editor.revert(undone)).rejects.toMatchObject({ data: { path: 'sequence', alternatives: ['mergeChoices'] } });
  const locked = await update('system = true');
  await expect(editor.revert(locked)).rejects.toMatchObject({ code: 'CHOICE_SYSTEM', data: { id: editor.ids.ads, key: 'ads' } });

  const [phase] = await editor.record(() =>
    editor.client.query(`UPDATE choice_tenant_state SET phase = 'migrated' WHERE tenant_id = $1 AND field = $2`, [
      editor.acme,
      FIELD.coordinate,
    ]),
  );
  await expect(editor.revert(phase!)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    data: { kind: 'phase', alternatives: ['rollbackChoices'] },
  });
  await editor.client.query(`UPDATE choice_tenant_state SET phase = 'populated' WHERE tenant_id = $1`, [editor.acme]);
  const [accepted] = await editor.record(() =>
    editor.client.query(
      `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, accepted_by, reason) VALUES ($1, $2, 'x', 'ada', 'old')`,
      [editor.acme, FIELD.coordinate],
    ),
  );
  await expect(editor.revert(accepted!)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { kind: 'acceptance', alternatives: [] } });
});

test('nobody’s change, another type’s and another tenant’s are not found', async () => {
  await editor.client.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'IT', id FROM industry WHERE tenant_id = $1 AND key = 'tech'`,
    [editor.acme],
  );
  const [industry] = await editor.record(() =>
    editor.client.query(`UPDATE industry SET label = 'IT' WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]),
  );
  const [alias] = await editor.record(() =>
    editor.client.query(`DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'IT'`, [editor.acme]),
  );
  const [labelled] = await editor.record(() => editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' })));
  const globex = editor.crm.tenant('globex').id;
  const beyond = (await editor.countChanges()) + 1;
  const readGlobex = async () => {
    const { rows } = await editor.client.query<{ sequence: string; positions: number[] }>(
      `SELECT (SELECT max(sequence) FROM choice_change WHERE tenant_id = $1) AS sequence, array_agg(position ORDER BY key) AS positions
       FROM lead_source WHERE tenant_id = $1`,
      [globex],
    );
    return rows[0]!;
  };
  // Every chain counts from 1: only a longer one has numbers that acme's does not have.
  do await editor.client.query('UPDATE lead_source SET position = position + 1 WHERE tenant_id = $1', [globex]);
  while (Number((await readGlobex()).sequence) < beyond);
  const before = [await editor.readState(), await readGlobex()];
  for (const sequence of [
    '0',
    '-1',
    String(beyond),
    '9223372036854775808',
    '1e3',
    '',
    'x\0',
    '\ud800',
    industry!,
    alias!,
    `0${labelled!.sequence}`,
  ])
    await expect(editor.revert(sequence)).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'sequence' } });
  expect([await editor.readState(), await readGlobex()]).toEqual(before);
  expect(await editor.revert(industry!, {}, INDUSTRY)).toMatchObject({ key: 'tech', label: 'Technology' });
});
