import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice, restoreChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { ApplicationError } from '../../../src/errors.ts';
import type { ChoiceEdit } from '../../../src/choice/manage/choice-edit.ts';
import { readChoiceList, reorderChoices } from '../../../src/choice/manage/reorder-choices.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { createSourceEditor, FIELD, ORDER, SOURCE, type SourceEditor } from './source-editor.ts';

let editor: SourceEditor;
beforeAll(async () => {
  editor = await createSourceEditor();
});
beforeEach(() => editor.reset());
afterAll(() => editor.close());

test.each<[string, () => Promise<unknown>]>([
  ['a label', () => editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' }))],
  [
    'columns of its own',
    () =>
      editor.edit((inside) =>
        updateChoice(inside, { id: editor.ids.ads!, extra: { color: null, icon: 'post', conversionRateTarget: 3.25 } }),
      ),
  ],
  ['a deactivation', () => editor.edit((inside) => setChoiceActive(inside, { id: editor.ids.ads!, active: false }))],
  ['a deletion', () => editor.edit((inside) => deleteChoice(inside, { id: editor.ids.ads! }))],
  ['an alias', () => editor.edit((inside) => addAlias(inside, { choiceId: editor.ids.ads!, value: 'E-Mail' }))],
  ['a default', () => editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: editor.ids.ads! }))],
])('what was before a change is again: %s', async (_, work) => {
  const before = await editor.readState();
  const [changed, ...others] = await editor.record(work);
  expect(others).toEqual([]);
  expect(await editor.readState()).not.toEqual(before);
  const [reverted, ...more] = await editor.record(() => editor.revert(changed!));
  expect(more).toEqual([]);
  expect(await editor.readState()).toEqual(before);

  const after = await editor.record(() => editor.revert(reverted!));
  expect(after).toHaveLength(1);
  expect(await editor.readState()).not.toEqual(before);
  await editor.revert(after[0]!);
  expect(await editor.readState()).toEqual(before);
});

test('a choice that was created is deleted, and one whose deletion was taken back is deleted again', async () => {
  const [created] = await editor.record(() => editor.edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}` })));
  const choice = await editor.revert(created!);
  expect(choice).toMatchObject({ deleted: true, version: 2 });
  const restored = await editor.record(() => editor.edit((inside) => restoreChoice(inside, { id: choice!.id, label: 'Another name' })));
  expect(await editor.revert(restored[0]!)).toMatchObject({ deleted: true, label: choice!.label, version: 4 });
});

test('an alias that was taken away, or mapped to another choice, names its choice again', async () => {
  await editor.edit((inside) => addAlias(inside, { choiceId: editor.ids.ads!, value: 'E-Mail' }));
  const [removed] = await editor.record(() => editor.edit((inside) => removeAlias(inside, { value: 'E-Mail' })));
  expect(await editor.revert(removed!)).toMatchObject({ key: 'ads' });
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'ads' });
  const [remapped] = await editor.record(() =>
    editor.client.query(`UPDATE lead_source_alias SET choice_id = $1 WHERE legacy_value = 'E-Mail'`, [editor.ids.event]),
  );
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'event' });
  expect(await editor.revert(remapped!)).toMatchObject({ key: 'ads' });
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'ads' });
});

test('only the members of the change go back, in one group of their own, and the choice counts one version', async () => {
  const [changed] = await editor.record(() =>
    editor.client.query(`UPDATE lead_source SET label = 'Mail', active = false, color = '#ffffff' WHERE id = $1`, [editor.ids.ads]),
  );
  await editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, extra: { icon: 'post' } }));
  const entries = await editor.record(async () => {
    expect(await editor.revert(changed!)).toMatchObject({ label: 'Ads', active: true, color: '#000000', icon: 'post', version: 3 });
  });
  expect(entries.map(({ operation }) => operation)).toEqual(['revertChoiceChange', 'revertChoiceChange']);
  expect(new Set(entries.map(({ group }) => group)).size).toBe(1);
});

test('a choice that got another label when it was deleted is restored by the one that it had', async () => {
  const { ads, event } = editor.ids;
  const [deletion] = await editor.record(() =>
    editor.client.query(`UPDATE lead_source SET deleted_at = now(), label = 'Gone' WHERE id = $1`, [ads]),
  );
  await editor.edit((inside) => updateChoice(inside, { id: event!, label: 'Gone' }));
  expect(await editor.revert(deletion!)).toMatchObject({ deleted: false, label: 'Ads' });
});

test('what is gone already is not deleted again', async () => {
  let id: string;
  const [created] = await editor.record(async () => {
    ({ id } = await editor.edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}` })));
  });
  await editor.edit((inside) => deleteChoice(inside, { id }));
  const [restored] = await editor.record(() => editor.edit((inside) => restoreChoice(inside, { id })));
  await editor.edit((inside) => deleteChoice(inside, { id }));
  const before = [await editor.countChanges(), await editor.read(SOURCE)];
  for (const change of [created!, restored!]) expect(await editor.revert(change)).toMatchObject({ id: id!, deleted: true });
  expect([await editor.countChanges(), await editor.read(SOURCE)]).toEqual(before);
});

test('what is so already is not written', async () => {
  const changes = await editor.record(async () => {
    await editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Mail' }));
    await editor.edit((inside) => updateChoice(inside, { id: editor.ids.ads!, label: 'Ads' }));
    await editor.edit((inside) => addAlias(inside, { choiceId: editor.ids.ads!, value: 'E-Mail' }));
    await editor.edit((inside) => removeAlias(inside, { value: 'E-Mail' }));
    await editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: editor.ids.ads! }));
    await editor.edit((inside) => setDefaultChoice(inside, { field: FIELD, id: null }));
    await editor.edit((inside) => deleteChoice(inside, { id: editor.ids.ads! }));
    await editor.edit((inside) => restoreChoice(inside, { id: editor.ids.ads! }));
    await editor.reorder('ads', 'web', 'referral', 'event');
    await editor.reorder(...ORDER);
  });
  const [label, , alias, , byDefault, , deletion, ...places] = changes;
  const before = [await editor.countChanges(), await editor.read(SOURCE)];
  for (const sequence of [label!, alias!, byDefault!, deletion!, ...places.slice(1, 4)]) await editor.revert(sequence);
  expect([await editor.countChanges(), await editor.read(SOURCE)]).toEqual(before);
});

test.each(ORDER)('the list goes back to the order that it had, by any of the choices that were moved: %s', async (key) => {
  const moves = await editor.record(() => editor.reorder('event', 'ads', 'web', 'referral'));
  await editor.revert(moves.find(({ object }) => object === editor.ids[key])!);
  expect(await editor.readOrder()).toEqual(ORDER);
});

test('the list goes back to the order that it had, where a choice is gone and another came', async () => {
  const moves = await editor.record(() => editor.reorder('event', 'web', 'referral', 'ads'));
  await editor.edit((inside) => deleteChoice(inside, { id: editor.ids.referral! }));
  const first = (await editor.edit((inside) => createChoice(inside, { label: `First ${Date.now()}`, position: 1 }))).key;
  const behindWeb = (await editor.edit((inside) => createChoice(inside, { label: `Behind ${Date.now()}`, position: 4 }))).key;
  expect(await editor.readOrder()).toEqual([first, 'event', 'web', behindWeb, 'ads']);
  await editor.revert(moves[0]!);
  expect(await editor.readOrder()).toEqual([first, 'web', behindWeb, 'ads', 'event']);
});

test('records follow where an alias names a choice again, and the ref alone is read', async () => {
  const crm = await createTestCrm({ phase: 'populated' });
  await crm.migrate();
  await crm.prefer();
  const preferred = await createSourceEditor(crm);
  await preferred.edit((inside) => addAlias(inside, { choiceId: preferred.ids.ads!, value: 'E-Mail' }));
  const [removed] = await preferred.record(() => preferred.edit((inside) => removeAlias(inside, { value: 'E-Mail' })));
  await insertRecord(preferred.client, FIELD, preferred.acme, { legacy: 'E-Mail' });
  expect(await preferred.revert(removed!)).toMatchObject({ key: 'ads' });
  expect(preferred.follows()).toBe(1);
  const { rows } = await preferred.client.query('SELECT lead_source_id AS ref FROM lead WHERE tenant_id = $1', [preferred.acme]);
  expect(rows).toEqual([{ ref: preferred.ids.ads }]);
  await preferred.close();
});

const id = fc.constantFrom(...ORDER).map((key) => () => editor.ids[key]!);
const label = fc.constantFrom('Ads', 'Mail', 'Web', 'Fair');
const value = fc.constantFrom('E-Mail', 'Post');
/** Edits, some of which are refused. */
const work: fc.Arbitrary<(edit: ChoiceEdit) => Promise<unknown>> = fc.oneof(
  fc.tuple(id, label).map(
    ([one, name]) =>
      (edit: ChoiceEdit) =>
        updateChoice(edit, { id: one(), label: name, extra: { icon: name } }),
  ),
  fc.tuple(id, fc.boolean()).map(
    ([one, active]) =>
      (edit: ChoiceEdit) =>
        setChoiceActive(edit, { id: one(), active }),
  ),
  fc.shuffledSubarray(ORDER, { minLength: 4 }).map((keys) => async (edit: ChoiceEdit) => {
    const { choices } = await readChoiceList(edit);
    const ids = keys.map((key) => editor.ids[key]!);
    return reorderChoices(edit, { ids: [...ids, ...choices.map((choice) => choice.id).filter((other) => !ids.includes(other))] });
  }),
  id.map((one) => (edit: ChoiceEdit) => deleteChoice(edit, { id: one() })),
  fc.tuple(id, label).map(
    ([one, name]) =>
      (edit: ChoiceEdit) =>
        restoreChoice(edit, { id: one(), label: name }),
  ),
  fc.tuple(id, value).map(
    ([one, alias]) =>
      (edit: ChoiceEdit) =>
        addAlias(edit, { choiceId: one(), value: alias }),
  ),
  value.map((alias) => (edit: ChoiceEdit) => removeAlias(edit, { value: alias })),
  fc.option(id).map((one) => (edit: ChoiceEdit) => setDefaultChoice(edit, { field: FIELD, id: one?.() ?? null })),
  fc.tuple(label, fc.nat(4)).map(
    ([name, place]) =>
      (edit: ChoiceEdit) =>
        createChoice(edit, { label: name, position: place + 1 }),
  ),
);

test('whatever was edited, all its changes taken back, the latest first, lead to what was before', async () => {
  const readKnown = async () => {
    const { choices, ...others } = await editor.readState();
    return { choices: choices.filter(({ key }) => ORDER.includes(String(key))), ...others };
  };
  await fc.assert(
    fc.asyncProperty(fc.array(work, { minLength: 1, maxLength: 8 }), async (works) => {
      await editor.reset();
      const before = await readKnown();
      const changes = await editor.record(async () => {
        for (const one of works)
          await editor.edit(one).catch((error: unknown) => {
            if (!(error instanceof ApplicationError)) throw error;
          });
      });
      const created = await editor.read(SOURCE);
      // The alias that is a choice's key goes with the choice.
      for (const change of changes.toReversed()) if (!created.has(change.object)) await editor.revert(change);
      expect(await readKnown()).toEqual(before);
    }),
    { numRuns: 25 },
  );
});
