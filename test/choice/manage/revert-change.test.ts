import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import type { ChoiceEdit } from '../../../src/choice/manage/choice-edit.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice, restoreChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { reorderChoices } from '../../../src/choice/manage/reorder-choices.ts';
import { revertChange, type RevertRequest } from '../../../src/choice/manage/revert-change.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { insertRecord } from '../records.ts';
import { type ChoiceEditor, createChoiceEditor, INDUSTRY } from './choice-editor.ts';

const SOURCE = choiceRegistry.types.find((type) => type.name === 'LeadSource')!;
const FIELD = choiceRegistry.field('Lead.leadSource')!;
const ORDER = ['web', 'referral', 'ads', 'event'];

let editor: ChoiceEditor;
let ids: Record<string, string>;
beforeAll(async () => {
  editor = await createChoiceEditor();
});
beforeEach(async () => {
  await editor.client.query(`
    DELETE FROM lead; DELETE FROM choice_default;
    UPDATE lead_source SET merged_into_id = NULL; UPDATE lead_source SET deleted_at = now() WHERE key NOT IN ('${ORDER.join(`', '`)}');
    UPDATE lead_source SET
      version = 1, active = true, system = false, deleted_at = NULL, color = '#000000', icon = NULL, conversion_rate_target = 12.5,
      label = upper(left(key, 1)) || substr(key, 2), position = array_position(ARRAY['${ORDER.join(`', '`)}'], key::text)
    WHERE key IN ('${ORDER.join(`', '`)}');
    DELETE FROM lead_source_alias AS alias WHERE NOT EXISTS (SELECT FROM lead_source AS named WHERE named.key = alias.legacy_value)`);
  ids = Object.fromEntries([...(await editor.read(SOURCE)).values()].map(({ key, id }) => [key, id]));
});
afterAll(() => editor.close());

const edit = <Result>(work: (edit: ChoiceEdit) => Promise<Result>) => editor.edit(work, { type: SOURCE });
const revert = (sequence: string, request: Omit<RevertRequest, 'sequence'> = {}, type = SOURCE) =>
  editor.edit((inside) => revertChange(inside, { ...request, sequence }), { type, operation: 'revertChoiceChange' });
/** The latest entries, oldest first. */
const readEntries = async (since: number) => {
  const { rows } = await editor.client.query<{ sequence: string; kind: string; action: string; operation: string; group_id: string }>(
    'SELECT sequence, kind, action, operation, group_id FROM choice_change WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence',
    [editor.acme, since],
  );
  return rows;
};
/** The numbers of the entries that work leaves. */
const record = async (work: () => Promise<unknown>) => {
  const before = await editor.countChanges();
  await work();
  return (await readEntries(before)).map(({ sequence }) => sequence);
};
const readState = async () => {
  const { rows: choices } = await editor.client.query(
    `SELECT to_jsonb(choice) - '{version,updated_at}'::text[] AS choice FROM lead_source AS choice WHERE tenant_id = $1 ORDER BY key`,
    [editor.acme],
  );
  const { rows: defaults } = await editor.client.query('SELECT field, choice_id FROM choice_default WHERE tenant_id = $1', [editor.acme]);
  return { choices, defaults, aliases: await editor.aliases(SOURCE) };
};
const readOrder = async () =>
  [...(await editor.read(SOURCE)).values()]
    .filter(({ deleted }) => !deleted)
    .sort((one, other) => one.position - other.position)
    .map(({ key }) => key);
const reorder = (...keys: string[]) => edit((inside) => reorderChoices(inside, { ids: keys.map((key) => ids[key]!) }));

test.each<[string, () => Promise<unknown>]>([
  ['a label', () => edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Mail' }))],
  [
    'columns of its own',
    () => edit((inside) => updateChoice(inside, { id: ids.ads!, extra: { color: null, icon: 'post', conversionRateTarget: 3.25 } })),
  ],
  ['a deactivation', () => edit((inside) => setChoiceActive(inside, { id: ids.ads!, active: false }))],
  ['a deletion', () => edit((inside) => deleteChoice(inside, { id: ids.ads! }))],
  ['an alias', () => edit((inside) => addAlias(inside, { choiceId: ids.ads!, value: 'E-Mail' }))],
  ['a default', () => edit((inside) => setDefaultChoice(inside, { field: FIELD, id: ids.ads! }))],
])('what was before a change is again: %s', async (_, work) => {
  const before = await readState();
  const [changed, ...others] = await record(work);
  expect(others).toEqual([]);
  expect(await readState()).not.toEqual(before);
  const [reverted, ...more] = await record(() => revert(changed!));
  expect(more).toEqual([]);
  expect(await readState()).toEqual(before);

  const after = await record(() => revert(reverted!));
  expect(after).toHaveLength(1);
  expect(await readState()).not.toEqual(before);
  await revert(after[0]!);
  expect(await readState()).toEqual(before);
});

test('a choice that was created is deleted, and one whose deletion was taken back is deleted again', async () => {
  const [created] = await record(() => edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}` })));
  const choice = await revert(created!);
  expect(choice).toMatchObject({ deleted: true, version: 2 });
  const restored = await record(() => edit((inside) => restoreChoice(inside, { id: choice!.id, label: 'Another name' })));
  expect(await revert(restored[0]!)).toMatchObject({ deleted: true, label: choice!.label, version: 4 });
});

test('an alias that was taken away, or mapped to another choice, names its choice again', async () => {
  await edit((inside) => addAlias(inside, { choiceId: ids.ads!, value: 'E-Mail' }));
  const [removed] = await record(() => edit((inside) => removeAlias(inside, { value: 'E-Mail' })));
  expect(await revert(removed!)).toMatchObject({ key: 'ads' });
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'ads' });
  const [remapped] = await record(() =>
    editor.client.query(`UPDATE lead_source_alias SET choice_id = $1 WHERE legacy_value = 'E-Mail'`, [ids.event]),
  );
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'event' });
  expect(await revert(remapped!)).toMatchObject({ key: 'ads' });
  expect(await editor.aliases(SOURCE)).toEqual({ 'E-Mail': 'ads' });
});

test('only the members of the change go back, in one group of their own, and the choice counts one version', async () => {
  const [changed] = await record(() =>
    editor.client.query(`UPDATE lead_source SET label = 'Mail', active = false, color = '#ffffff' WHERE id = $1`, [ids.ads]),
  );
  await edit((inside) => updateChoice(inside, { id: ids.ads!, extra: { icon: 'post' } }));
  const before = await editor.countChanges();
  expect(await revert(changed!)).toMatchObject({ label: 'Ads', active: true, color: '#000000', icon: 'post', version: 3 });
  const entries = await readEntries(before);
  expect(entries.map(({ operation }) => operation)).toEqual(['revertChoiceChange', 'revertChoiceChange']);
  expect(new Set(entries.map(({ group_id: group }) => group)).size).toBe(1);
});

test('what is so already is not written', async () => {
  const changes = await record(async () => {
    await edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Mail' }));
    await edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Ads' }));
    await edit((inside) => addAlias(inside, { choiceId: ids.ads!, value: 'E-Mail' }));
    await edit((inside) => removeAlias(inside, { value: 'E-Mail' }));
    await edit((inside) => setDefaultChoice(inside, { field: FIELD, id: ids.ads! }));
    await edit((inside) => setDefaultChoice(inside, { field: FIELD, id: null }));
    await edit((inside) => deleteChoice(inside, { id: ids.ads! }));
    await edit((inside) => restoreChoice(inside, { id: ids.ads! }));
    await reorder('ads', 'web', 'referral', 'event');
    await reorder(...ORDER);
  });
  const [label, , alias, , byDefault, , deletion, ...places] = changes;
  const before = [await editor.countChanges(), await editor.read(SOURCE)];
  for (const sequence of [label!, alias!, byDefault!, deletion!, ...places.slice(1, 4)]) await revert(sequence);
  expect([await editor.countChanges(), await editor.read(SOURCE)]).toEqual(before);
});

test('a choice goes back to the place that it had', async () => {
  const moves = await record(() => reorder('event', 'web', 'referral', 'ads'));
  const moved = await findMove(moves, 'event');
  await revert(moved);
  expect(await readOrder()).toEqual(ORDER);
});

test('the place of a choice is told by those that stood before it, where others are gone', async () => {
  await edit((inside) => deleteChoice(inside, { id: ids.referral! }));
  const moves = await record(() => reorder('ads', 'web', 'event'));
  await revert(await findMove(moves, 'ads'));
  expect(await readOrder()).toEqual(['web', 'ads', 'event']);
});

test('the place of a choice does not count those that came later', async () => {
  const moves = await record(() => reorder('event', 'web', 'referral', 'ads'));
  await edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}`, position: 1 }));
  await revert(await findMove(moves, 'event'));
  const [created, ...order] = await readOrder();
  expect([created, order]).toEqual([expect.stringMatching(/^fair_/), ORDER]);
});

async function findMove(sequences: readonly string[], key: string): Promise<string> {
  const { rows } = await editor.client.query<{ sequence: string }>(
    'SELECT sequence FROM choice_change WHERE tenant_id = $1 AND sequence = ANY ($2) AND object = $3',
    [editor.acme, sequences, ids[key]],
  );
  expect(rows).toHaveLength(1);
  return rows[0]!.sequence;
}

test.each<[string, () => Promise<unknown>, () => Promise<unknown>, object]>([
  [
    'a label that another choice has by now',
    () => edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Mail' })),
    () => edit((inside) => updateChoice(inside, { id: ids.event!, label: 'ADS' })),
    { code: 'BAD_USER_INPUT', data: { path: 'label', choice: { key: 'event' } } },
  ],
  [
    'an alias that another choice has by now',
    async () => {
      await editor.client.query(`INSERT INTO lead_source_alias VALUES ($1, 'E-Mail', $2)`, [editor.acme, ids.ads]);
      return edit((inside) => removeAlias(inside, { value: 'E-Mail' }));
    },
    () => edit((inside) => addAlias(inside, { choiceId: ids.event!, value: 'E-Mail' })),
    { code: 'CONFLICT', data: { path: 'sequence', current: { key: 'event' } } },
  ],
  [
    'a default that is inactive by now',
    async () => {
      await edit((inside) => setDefaultChoice(inside, { field: FIELD, id: ids.ads! }));
      await edit((inside) => setDefaultChoice(inside, { field: FIELD, id: ids.event! }));
    },
    () => edit((inside) => setChoiceActive(inside, { id: ids.ads!, active: false })),
    { code: 'CHOICE_INACTIVE', data: { key: 'ads' } },
  ],
  [
    'an alias that records carry by now',
    () => edit((inside) => addAlias(inside, { choiceId: ids.ads!, value: 'E-Mail' })),
    () => insertRecord(editor.client, FIELD, editor.acme, { legacy: 'E-Mail' }),
    { code: 'CHOICE_IN_USE', data: { fields: [{ field: 'Lead.leadSource', records: 1 }], records: 1 } },
  ],
  [
    'the activation of a choice that is the default by now',
    async () => {
      await editor.client.query('UPDATE lead_source SET active = false WHERE id = $1', [ids.ads]);
      return edit((inside) => setChoiceActive(inside, { id: ids.ads!, active: true }));
    },
    () => edit((inside) => setDefaultChoice(inside, { field: FIELD, id: ids.ads! })),
    { code: 'CHOICE_IN_USE', data: { defaultOf: ['Lead.leadSource'], alternatives: ['replacement'] } },
  ],
  [
    'a label of a choice that is deleted by now',
    () => edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Mail' })),
    () => edit((inside) => deleteChoice(inside, { id: ids.ads! })),
    { code: 'NOT_FOUND', data: { key: 'ads' } },
  ],
  [
    'a label of a choice that is merged by now',
    () => edit((inside) => updateChoice(inside, { id: ids.ads!, label: 'Mail' })),
    () => editor.client.query('UPDATE lead_source SET merged_into_id = $2 WHERE id = $1', [ids.ads, ids.event]),
    { code: 'BAD_USER_INPUT', data: { key: 'ads' } },
  ],
])('today’s rules hold: %s', async (_, work, since, error) => {
  const changed = (await record(work)).at(-1)!;
  await since();
  const before = [await editor.countChanges(), await readState()];
  await expect(revert(changed)).rejects.toMatchObject(error);
  expect([await editor.countChanges(), await readState()]).toEqual(before);
});

test('a choice that records have is not taken back, and one that rests on another needs a replacement', async () => {
  const [created] = await record(() => edit((inside) => createChoice(inside, { label: `Fair ${Date.now()}` })));
  const [fair] = [...(await editor.read(SOURCE)).values()].filter(({ deleted, position }) => !deleted && position === 5);
  await insertRecord(editor.client, FIELD, editor.acme, { legacy: fair!.key });
  await expect(revert(created!)).rejects.toMatchObject({
    code: 'CHOICE_IN_USE',
    data: { fields: [{ field: 'Lead.leadSource', records: 1 }], alternatives: ['mergeChoices', 'setChoiceActive'] },
  });
  await editor.client.query('DELETE FROM lead');
  await edit((inside) => setDefaultChoice(inside, { field: FIELD, id: fair!.id }));
  await expect(revert(created!)).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { alternatives: ['replacement'] } });
  expect(await revert(created!, { replacementId: ids.ads! })).toMatchObject({ id: fair!.id, deleted: true });
  expect((await readState()).defaults).toEqual([{ field: 'Lead.leadSource', choice_id: ids.ads }]);
});

test('at another version is a conflict', async () => {
  const moves = await record(() => reorder('event', 'web', 'referral', 'ads'));
  const [labelled] = await record(() => edit((inside) => updateChoice(inside, { id: ids.event!, label: 'Fair' })));
  for (const sequence of [labelled!, await findMove(moves, 'event')])
    await expect(revert(sequence, { version: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { current: { key: 'event', version: 3 } },
    });
  expect(await revert(labelled!, { version: 3 })).toMatchObject({ label: 'Event', version: 4 });
});

test('merges, phases and what the owner alone may say are refused, with what does it instead', async () => {
  const update = (set: string) =>
    record(() => editor.client.query(`UPDATE lead_source SET ${set} WHERE id = $1`, [ids.ads])).then((made) => made[0]!);
  const merged = await update(`merged_into_id = '${ids.event}'`);
  await expect(revert(merged)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    data: { path: 'sequence', id: ids.ads, alternatives: ['undoChoiceMerge'] },
  });
  const undone = await update('merged_into_id = NULL');
  await expect(revert(undone)).rejects.toMatchObject({ data: { path: 'sequence', alternatives: ['mergeChoices'] } });
  const locked = await update('system = true');
  await expect(revert(locked)).rejects.toMatchObject({ code: 'CHOICE_SYSTEM', data: { id: ids.ads, key: 'ads' } });

  const [phase] = await record(() =>
    editor.client.query(`UPDATE choice_tenant_state SET phase = 'migrated' WHERE tenant_id = $1 AND field = $2`, [
      editor.acme,
      FIELD.coordinate,
    ]),
  );
  await expect(revert(phase!)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    data: { kind: 'phase', alternatives: ['rollbackChoices'] },
  });
  await editor.client.query(`UPDATE choice_tenant_state SET phase = 'populated' WHERE tenant_id = $1`, [editor.acme]);
  const [accepted] = await record(() =>
    editor.client.query(
      `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, accepted_by, reason) VALUES ($1, $2, 'x', 'ada', 'old')`,
      [editor.acme, FIELD.coordinate],
    ),
  );
  await expect(revert(accepted!)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { kind: 'acceptance', alternatives: [] } });
});

test('nobody’s change, another type’s and another tenant’s are not found', async () => {
  const [industry] = await record(() =>
    editor.client.query(`UPDATE industry SET label = 'IT' WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]),
  );
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
  const before = [await readState(), await readGlobex()];
  for (const sequence of ['0', '-1', String(beyond), '9223372036854775808', '1e3', '', 'x\0', '\ud800', industry!, `0${industry!}`])
    await expect(revert(sequence)).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'sequence' } });
  expect([await readState(), await readGlobex()]).toEqual(before);
  expect(await revert(industry!, {}, INDUSTRY)).toMatchObject({ key: 'tech', label: 'Technology' });
});
