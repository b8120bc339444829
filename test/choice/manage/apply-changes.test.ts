import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { applyChoiceChanges, type ChoiceChange } from '../../../src/choice/manage/apply-changes.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

let editor: ChoiceEditor;
let ids: Record<string, string>;
beforeAll(async () => {
  editor = await createChoiceEditor();
  ids = Object.fromEntries([...(await editor.read()).values()].map(({ key, id }) => [key, id]));
});
beforeEach(() =>
  editor.client.query(`UPDATE industry SET version = 1, active = true, label = upper(left(key, 1)) || substr(key, 2), deleted_at = NULL`),
);
afterAll(() => editor.close());

const apply = (...changes: ChoiceChange[]) => editor.edit((edit) => applyChoiceChanges(edit, changes), { operation: 'applyChoiceChanges' });

test('every kind of change is made, in one group, and each choice counts one version', async () => {
  const field = choiceRegistry.field('Lead.industry')!;
  const before = await editor.countChanges();
  const order = [...(await editor.read()).values()].sort((a, b) => b.position - a.position).map(({ id }) => id);
  await apply(
    { kind: 'reorder', input: { ids: order } },
    { kind: 'update', input: { id: ids.tech!, label: 'IT', version: 1 } },
    { kind: 'setActive', input: { id: ids.tech!, active: false, version: 1 } },
    { kind: 'setActive', input: { id: ids.tech!, active: true, version: 1 } },
    { kind: 'setDefault', input: { field, id: ids.tech! } },
    { kind: 'addAlias', input: { choiceId: ids.tech!, value: 'Informatics' } },
    { kind: 'addAlias', input: { choiceId: ids.tech!, value: 'Passing' } },
    { kind: 'removeAlias', input: { value: 'Passing' } },
    { kind: 'delete', input: { id: ids.other!, version: 1 } },
    { kind: 'restore', input: { id: ids.other! } },
    { kind: 'delete', input: { id: ids.other! } },
    { kind: 'create', input: { label: 'Space', position: 1 } },
  );
  const after = await editor.read();
  expect(after.get('tech')).toMatchObject({ label: 'IT', version: 2, active: true });
  expect(after.get('other')).toMatchObject({ deleted: true, version: 2 });
  expect(after.get('space')).toMatchObject({ position: 1, version: 1 });
  expect(await editor.aliases()).toEqual({ Informatics: 'tech' });
  const { rows } = await editor.client.query(
    `SELECT count(DISTINCT group_id)::int AS groups, array_agg(DISTINCT operation) AS operations FROM choice_change
     WHERE tenant_id = $1 AND sequence > $2`,
    [editor.acme, before],
  );
  expect(rows).toEqual([{ groups: 1, operations: ['applyChoiceChanges'] }]);
  await apply({ kind: 'setDefault', input: { field, id: null } });
});

test('one that is refused takes all along, and says which it is', async () => {
  const before = [await editor.countChanges(), await editor.read()];
  const first: ChoiceChange = { kind: 'update', input: { id: ids.tech!, label: 'First' } };
  for (const [change, code, data] of [
    [
      { kind: 'update', input: { id: ids.energy!, label: 'Finance' } },
      'BAD_USER_INPUT',
      { path: 'changes.1.label', choice: { key: 'finance' } },
    ],
    [{ kind: 'update', input: { id: ids.energy!, label: 'x', version: 9 } }, 'CONFLICT', { current: { key: 'energy' } }],
    [{ kind: 'delete', input: { id: 'nobody' } }, 'NOT_FOUND', { path: 'changes.1.id' }],
  ] as const)
    await expect(apply(first, change)).rejects.toMatchObject({
      code,
      data: { ...data, index: 1 },
      message: expect.stringMatching(/^changes\.1: /),
    });
  expect([await editor.countChanges(), await editor.read()]).toEqual(before);
});

test('none changes nothing, and more than 1,000 are refused', async () => {
  const before = await editor.countChanges();
  await apply();
  expect(await editor.countChanges()).toBe(before);
  const change: ChoiceChange = { kind: 'removeAlias', input: { value: 'x' } };
  await expect(apply(...Array.from({ length: 1_001 }, () => change))).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
    data: { limit: 1_000 },
  });
});
