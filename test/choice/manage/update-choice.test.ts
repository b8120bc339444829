import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { reorderChoices, versionList } from '../../../src/choice/manage/reorder-choices.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor, INDUSTRY } from './choice-editor.ts';

const STATUS = choiceRegistry.types.find((type) => type.name === 'LeadStatus')!;

let editor: ChoiceEditor;
beforeAll(async () => {
  editor = await createChoiceEditor();
});
beforeEach(() =>
  editor.client.query(
    `UPDATE industry SET version = 1, active = true, deleted_at = NULL, merged_into_id = NULL, label = upper(left(key, 1)) || substr(key, 2)`,
  ),
);
afterAll(() => editor.close());

const update = async (key: string, input: Omit<Parameters<typeof updateChoice>[1], 'id'>, type = INDUSTRY) => {
  const id = await editor.id(key, type);
  return editor.edit((edit) => updateChoice(edit, { id, ...input }), { type });
};

describe('a choice', () => {
  test('gets another label and values of its own columns, and its version counts once', async () => {
    const extra = { color: '#0f0', isClosed: true };
    expect(await update('contacted', { label: 'In touch', extra, version: 1 }, STATUS)).toMatchObject({
      label: 'In touch',
      ...extra,
      version: 2,
    });
    expect(await update('contacted', { extra: { color: null } }, STATUS)).toMatchObject({
      label: 'In touch',
      color: null,
      isClosed: true,
      version: 3,
    });
  });

  test('is not written by what is so already: neither version nor audit count', async () => {
    await update('qualified', { extra: { color: 'red' } }, STATUS);
    const before = [await editor.countChanges(), await editor.read(STATUS)];
    for (const input of [{ label: 'Qualified', extra: { color: 'red', isQualified: true } }, { extra: null }, {}, { version: 2 }])
      expect(await update('qualified', input, STATUS)).toMatchObject({ version: 2 });
    expect([await editor.countChanges(), await editor.read(STATUS)]).toEqual(before);
  });

  test('at another version is a conflict that tells it as it is', async () => {
    await update('tech', { label: 'Tech & IT' });
    await expect(update('tech', { label: 'IT', version: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { current: { id: await editor.id('tech'), key: 'tech', label: 'Tech & IT', version: 2, position: 1, active: true } },
    });
  });

  test('keeps the letters of its own label in another case', async () => {
    expect(await update('tech', { label: 'TECH' })).toMatchObject({ label: 'TECH' });
  });

  test.each([
    ['a label that another has', { label: 'FINANCE ' }, { path: 'label', choice: { key: 'finance' } }],
    ['no label', { label: null }, { path: 'label' }],
    ['a control character', { label: 'a\u0007' }, { path: 'label' }],
    ['a column that it does not have', { extra: { color: 'red' } }, { path: 'color' }],
  ])('is not written with %s', async (_, input, data) => {
    await expect(update('tech', input)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data });
  });

  test('that NOT NULL column of its own has a value', async () => {
    await expect(update('new', { extra: { isClosed: null } }, STATUS)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      data: { path: 'isClosed' },
    });
  });

  test('that is merged, deleted or another tenant’s is not written', async () => {
    const { rows } = await editor.client.query<{ id: string }>(`SELECT id FROM industry WHERE tenant_id = $1 AND key = 'tech'`, [
      editor.crm.tenant('globex').id,
    ]);
    for (const id of [rows[0]!.id, 'nonsense'])
      await expect(editor.edit((edit) => updateChoice(edit, { id, label: 'x' }))).rejects.toMatchObject({
        code: 'NOT_FOUND',
        data: { path: 'id' },
      });
    await editor.client.query(`UPDATE industry SET deleted_at = now() WHERE tenant_id = $1 AND key = 'energy'`, [editor.acme]);
    await expect(update('energy', { label: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND', data: { key: 'energy' } });
    const mergedIntoId = await editor.id('tech');
    await editor.client.query(`UPDATE industry SET merged_into_id = $2 WHERE tenant_id = $1 AND key = 'retail'`, [
      editor.acme,
      mergedIntoId,
    ]);
    await expect(update('retail', { label: 'x' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'id', mergedIntoId } });
  });

  test('of the system’s gets another label', async () => {
    await editor.client.query(`UPDATE industry SET system = true WHERE tenant_id = $1 AND key = 'other'`, [editor.acme]);
    expect(await update('other', { label: 'Anything else' })).toMatchObject({ label: 'Anything else', system: true });
  });

  test('that somebody writes at this moment is waited for, and then is at another version', async () => {
    await editor.client.query('BEGIN');
    await editor.client.query(`UPDATE industry SET label = 'Theirs', version = 2 WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]);
    const refused = expect(update('tech', { label: 'Ours', version: 1 })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { current: { label: 'Theirs', version: 2 } },
    });
    await waitUntilBlocked(editor.other, editor.client);
    await editor.client.query('COMMIT');
    await refused;
  });
});

describe('a list', () => {
  const order = async () => [...(await editor.read()).values()].filter(({ deleted }) => !deleted).sort((a, b) => a.position - b.position);
  const reorder = (ids: readonly string[], expectedVersion?: string) =>
    editor.edit((edit) => reorderChoices(edit, { ids, expectedVersion: expectedVersion }));

  test('is numbered from 1 in its new order, in one group; who keeps their place keeps their version', async () => {
    const before = await order();
    const wanted = [before[1]!, before[0]!, ...before.slice(2)];
    const changes = await editor.countChanges();
    const { choices, version } = await reorder(
      wanted.map(({ id }) => id.toUpperCase()),
      versionList(before),
    );
    expect(choices.map(({ id, position }) => [id, position])).toEqual(wanted.map(({ id }, index) => [id, index + 1]));
    expect(choices.map((choice) => choice.version)).toEqual([2, 2, ...before.slice(2).map(() => 1)]);
    expect(version).toBe(versionList(wanted));
    expect(await editor.countChanges()).toBe(changes + 2);
    const { rows } = await editor.client.query(
      `SELECT count(DISTINCT group_id)::int AS groups FROM (SELECT group_id FROM choice_change WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 2) AS latest`,
      [editor.acme],
    );
    expect(rows).toEqual([{ groups: 1 }]);
  });

  test('in the order that it has is not written', async () => {
    await editor.client.query(`UPDATE industry SET position = 50 WHERE tenant_id = $1 AND position = 8`, [editor.acme]);
    const before = [await editor.countChanges(), await editor.read()];
    const list = await order();
    expect(await reorder(list.map(({ id }) => id))).toMatchObject({ version: versionList(list) });
    expect([await editor.countChanges(), await editor.read()]).toEqual(before);
  });

  test('at another version is a conflict that tells it as it is; a new label is no other version', async () => {
    const before = await order();
    const ids = before.map(({ id }) => id);
    await update('finance', { label: 'Banking' });
    const { version } = await reorder(ids.toReversed(), versionList(before));
    const current = { version, choices: ids.toReversed().map((id) => expect.objectContaining({ id })) };
    await expect(reorder(ids, versionList(before))).rejects.toMatchObject({ code: 'CONFLICT', data: { path: 'expectedVersion', current } });
    await reorder(ids, version);
  });

  test.each(['one is missing', 'one is deleted', 'one is merged'])('that has others is a conflict: %s', async (which) => {
    const ids = (await order()).map(({ id }) => id);
    const set = {
      'one is missing': 'label = label',
      'one is deleted': 'deleted_at = now()',
      'one is merged': `merged_into_id = '${ids[0]}'`,
    }[which]!;
    await editor.client.query(`UPDATE industry SET ${set} WHERE id = $1`, [ids[1]]);
    await expect(reorder(which === 'one is missing' ? ids.slice(1) : ids)).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { path: 'ids' },
    });
  });

  test('names nobody twice, and nobody else’s', async () => {
    const ids = (await order()).map(({ id }) => id);
    await expect(reorder([...ids, ids[0]!])).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'ids', id: ids[0] } });
    await expect(reorder([...ids.slice(1), 'nobody'])).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'ids', id: 'nobody' } });
  });

  test('of inactive choices, too, is ordered', async () => {
    await editor.client.query(`UPDATE industry SET active = false WHERE tenant_id = $1 AND key = 'finance'`, [editor.acme]);
    const ids = (await order()).map(({ id }) => id).toReversed();
    expect((await reorder(ids)).choices.map(({ id }) => id)).toEqual(ids);
  });
});
