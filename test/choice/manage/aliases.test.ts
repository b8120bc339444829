import { afterEach, describe, expect, test } from '@jest/globals';
import type { ChoiceEdit } from '../../../src/choice/manage/choice-edit.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice, restoreChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import type { Phase } from '../../../src/choice/migrate/phase.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { choiceId, insertRecord, writeLegacy } from '../../crm/records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

const LEAD = choiceRegistry.field('Lead.industry')!;

let editor: ChoiceEditor;
afterEach(() => editor.close());

const add = async (value: string, key = 'tech') => {
  const choice = await editor.id(key);
  return editor.edit((edit) => addAlias(edit, { choiceId: choice, value }));
};
const remove = (value: string) => editor.edit((edit) => removeAlias(edit, { value }));
const readRef = async (id: string) =>
  (
    await editor.client.query<{ key: string | null }>(
      'SELECT industry.key FROM lead LEFT JOIN industry ON industry.tenant_id = lead.tenant_id AND industry.id = industry_id WHERE lead.id = $1',
      [id],
    )
  ).rows[0]!.key;

describe('an alias', () => {
  test('is added to the byte, once', async () => {
    editor = await createChoiceEditor();
    expect(await add(' IT\n')).toMatchObject({ value: ' IT\n', choice: { key: 'tech' } });
    const before = await editor.countChanges();
    await add(' IT\n');
    expect(await editor.countChanges()).toBe(before);
    expect(await editor.aliases()).toEqual({ ' IT\n': 'tech' });
  });

  test.each([
    ['', {}],
    ['\ud800', {}],
    ['a\0b', {}],
    ['x'.repeat(51), { length: 50 }],
    ['finance', { choice: { key: 'finance' } }],
    ['Bank', { choice: { key: 'finance' } }],
  ])('is refused: %j', async (value, data) => {
    editor = await createChoiceEditor();
    await add('Bank', 'finance');
    await expect(add(value)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'value', ...data } });
  });

  test('leads to no merged, deleted or foreign choice', async () => {
    editor = await createChoiceEditor();
    await editor.client.query(`UPDATE industry SET merged_into_id = $2 WHERE tenant_id = $1 AND key = 'energy'`, [
      editor.acme,
      await editor.id('tech'),
    ]);
    await editor.client.query(`UPDATE industry SET deleted_at = now() WHERE tenant_id = $1 AND key = 'other'`, [editor.acme]);
    await expect(add('x', 'energy')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'choiceId' } });
    await expect(add('x', 'other')).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'choiceId' } });
    const foreign = await choiceId(editor.crm, LEAD, 'tech', 'globex');
    await expect(editor.edit((edit) => addAlias(edit, { choiceId: foreign, value: 'x' }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that no record carries goes, and its choice counts a version: who found it looks again', async () => {
    editor = await createChoiceEditor();
    await add('IT');
    const { version } = (await editor.read()).get('tech')!;
    expect(await remove('IT')).toMatchObject({ value: 'IT', choice: { key: 'tech', version: version + 1 } });
    expect(await editor.aliases()).toEqual({});
  });

  test('is no alias, or a key: refused', async () => {
    editor = await createChoiceEditor();
    await expect(remove('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND', data: { path: 'value', value: 'nothing' } });
    await expect(remove('\ud800')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(remove('tech')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'value', choice: { key: 'tech' } } });
  });

  test.each(['populated', 'preferred', 'contracted'] as const)('that records carry stays, at %s', async (phase) => {
    const crm = await createTestCrm({ phase: 'populated' });
    editor = await createChoiceEditor(crm);
    await add('IT');
    await insertRecord(crm, 'lead', { industry: 'IT' });
    await insertRecord(crm, 'account', { industry: 'IT' });
    await insertRecord(crm, 'account', { industry: 'IT' });
    await enter(phase);
    await expect(remove('IT')).rejects.toMatchObject({
      code: 'CHOICE_IN_USE',
      data: {
        value: 'IT',
        records: 3,
        fields: [
          { field: 'Lead.industry', records: 1 },
          { field: 'Account.industry', records: 2 },
        ],
      },
    });
    await crm.owner.pool.query('DELETE FROM lead; DELETE FROM account');
    await remove('IT');
  });

  test('that a record takes at this moment is waited for', async () => {
    editor = await createChoiceEditor();
    await add('IT');
    await editor.client.query('BEGIN');
    await editor.client.query(`INSERT INTO account (tenant_id, name, industry) VALUES ($1, 'Engines', 'IT')`, [editor.acme]);
    const refused = expect(remove('IT')).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { records: 1 } });
    await waitUntilBlocked(editor.other, editor.client);
    await editor.client.query('COMMIT');
    await refused;
  });
});

async function enter(phase: Phase): Promise<void> {
  const { crm } = editor;
  if (phase === 'populated') return;
  await crm.migrate();
  if (phase === 'migrated') return;
  await crm.prefer();
  if (phase === 'contracted') await crm.contract();
}

describe.each(['migrated', 'preferred', 'contracted'] as const)('a string that records carry unmapped, at %s', (phase) => {
  const EDITS: Record<string, readonly [string, (edit: ChoiceEdit) => Promise<unknown>]> = {
    'a new choice’s key': ['mystery', (edit) => createChoice(edit, { key: 'mystery', label: 'Mystery' })],
    'a new alias': ['TBD ', async (edit) => addAlias(edit, { choiceId: await editor.id('tech'), value: 'TBD ' })],
    'a restored choice’s key': ['gone', async (edit) => restoreChoice(edit, { id: await editor.id('gone') })],
  };

  test.each(Object.entries(EDITS))('becomes %s: the records follow', async (_, [value, work]) => {
    const crm = await createTestCrm({ phase: 'populated' });
    editor = await createChoiceEditor(crm);
    const { id } = await editor.edit((edit) => createChoice(edit, { label: 'Gone' }));
    await editor.edit((edit) => deleteChoice(edit, { id }));
    const record = await insertRecord(crm, 'lead', { industry: 'tech' });
    await writeLegacy(crm, LEAD, record, value);
    await enter(phase);
    expect(await readRef(record)).toBeNull();

    await editor.edit(work);
    expect(editor.follows()).toBe(1);
    // As with "choices map": where the strings still count, "choices migrate" is who gives records their refs.
    if (phase !== 'migrated') expect(await readRef(record)).not.toBeNull();
    const { rows } = await editor.client.query(`SELECT phase FROM choice_tenant_state WHERE field = 'Lead.industry' AND tenant_id = $1`, [
      editor.acme,
    ]);
    expect(rows).toEqual([{ phase: phase === 'migrated' ? 'migrated' : 'preferred' }]);
  });

  test('by no record: nobody has to follow', async () => {
    const crm = await createTestCrm({ phase: 'populated' });
    editor = await createChoiceEditor(crm);
    await insertRecord(crm, 'lead', { industry: 'tech' });
    await enter(phase);
    await editor.edit((edit) => createChoice(edit, { label: 'Mystery' }));
    expect(editor.follows()).toBe(0);
  });
});

test('a string that records carry unmapped at populated becomes a key at once, and is refused all the same where it cannot', async () => {
  const crm = await createTestCrm({ phase: 'populated' });
  editor = await createChoiceEditor(crm);
  await insertRecord(crm, 'lead', { industry: 'mystery' });
  await editor.edit((edit) => createChoice(edit, { label: 'Mystery' }));
  expect(editor.follows()).toBe(0);
});

test('what fails while records would have to follow leaves every phase as it was', async () => {
  const crm = await createTestCrm({ phase: 'populated' });
  editor = await createChoiceEditor(crm);
  await insertRecord(crm, 'lead', { industry: 'mystery' });
  await enter('preferred');
  await expect(
    editor.edit(async (edit) => {
      await createChoice(edit, { label: 'Mystery' });
      throw new Error('after all not');
    }),
  ).rejects.toThrow('after all not');
  expect(editor.follows()).toBe(1);
  expect((await editor.read()).has('mystery')).toBe(false);
  const { rows } = await editor.client.query(`SELECT DISTINCT phase FROM choice_tenant_state WHERE tenant_id = $1`, [editor.acme]);
  expect(rows).toEqual([{ phase: 'preferred' }]);
});
