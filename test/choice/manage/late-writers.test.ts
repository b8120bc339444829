import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let editor: ChoiceEditor;
beforeEach(async () => {
  editor = await createChoiceEditor(await createTestCrm({ phase: 'migrated', fields: [FIELD] }));
});
afterEach(() => editor.close());

/** A writer of SQL who meets an edit after it was made and before it is committed: its string was resolved by what held before. */
async function writeDuring(work: Parameters<ChoiceEditor['edit']>[0], legacy: string): Promise<{ id: string }> {
  let written: Promise<{ id: string }> | undefined;
  await editor.edit(async (edit) => {
    await work(edit);
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(edit.transaction);
    written = insertRecord(editor.client, FIELD, editor.acme, { legacy });
    await waitUntilBlocked(editor.other, rows[0]!.pid);
  });
  return written!;
}

const verify = async () => (await verifyRecords(editor.crm.owner.sql, editor.crm.scope)).findings;

test('a ref that a writer of SQL set while its choice was being deleted is found by verify', async () => {
  const id = await editor.id('energy');
  const record = await writeDuring((edit) => deleteChoice(edit, { id }), 'energy');
  expect(await verify()).toEqual([expect.objectContaining({ code: 'DRIFT', sampleIds: [record.id] })]);
});

test('a ref that a writer of SQL set while its alias was being removed is found by verify', async () => {
  const choiceId = await editor.id('energy');
  await editor.edit((edit) => addAlias(edit, { choiceId, value: 'Power' }));
  const record = await writeDuring((edit) => removeAlias(edit, { value: 'Power' }), 'Power');
  expect(await verify()).toContainEqual(expect.objectContaining({ code: 'DRIFT', sampleIds: [record.id] }));
});
