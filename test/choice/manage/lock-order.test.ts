import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { applyChoiceChanges } from '../../../src/choice/manage/apply-changes.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { addAlias, removeAlias } from '../../../src/choice/manage/edit-alias.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { type ChoiceEditor, createChoiceEditor, INDUSTRY } from './choice-editor.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;

let editor: ChoiceEditor;
let writer: pg.Client;
beforeAll(async () => {
  editor = await createChoiceEditor(await createTestCrm({ phase: 'migrated', fields: [FIELD] }));
  writer = await connect(editor.crm.database.ownerUrl);
});
afterAll(async () => {
  await writer.end();
  await editor.close();
});

/** Writes a record as the API does, which holds the choice that was named, and the one that the record gets. */
const write = async (key: string) => {
  await writer.query('SELECT FROM industry WHERE tenant_id = $1 AND key = $2 FOR SHARE', [editor.acme, key]);
  await insertRecord(writer, FIELD, editor.acme, { legacy: key });
};

/** Two choices that nothing refers to, the second of which answers for the first where they are merged. */
let keys: readonly [string, string];
let made = 0;
const create = async (merged: boolean) => {
  made += 1;
  keys = [`first${made}`, `second${made}`];
  for (const key of keys) await editor.edit((edit) => createChoice(edit, { key, label: key }));
  const [first, second] = await Promise.all(keys.map((key) => editor.id(key)));
  if (merged) {
    await editor.edit((edit) => addAlias(edit, { choiceId: first!, value: `alias${made}` }));
    await editor.client.query('UPDATE industry SET merged_into_id = $1 WHERE id = $2', [second, first]);
  }
  return { first: first!, second: second! };
};

type Ids = Awaited<ReturnType<typeof create>>;
const EDITS: readonly (readonly [string, boolean, (ids: Ids) => Parameters<ChoiceEditor['edit']>[0]])[] = [
  ['the removal of an alias of a merged choice', true, () => (edit) => removeAlias(edit, { value: `alias${made}` })],
  [
    'a deletion with a replacement',
    false,
    ({ first, second }) =>
      (edit) =>
        deleteChoice(edit, { id: first, replacementId: second }),
  ],
  [
    'a list of two deletions',
    false,
    ({ first, second }) =>
      (edit) =>
        applyChoiceChanges(
          edit,
          [second, first].map((id) => ({ kind: 'delete', input: { id } })),
        ),
  ],
];

describe.each(EDITS)('%s holds no choice while it waits for another:', (_, merged, work) => {
  afterEach(() => writer.query('ROLLBACK'));

  test.each([
    [0, 1],
    [1, 0],
  ] as const)('who has written choice %i may go on to write choice %i', async (one, other) => {
    const ids = await create(merged);
    await writer.query(`BEGIN; SET LOCAL lock_timeout = '1ms'`);
    await write(keys[one]);
    const edited = Promise.allSettled([editor.edit(work(ids))]);
    await waitUntilBlocked(editor.other, writer);
    await write(keys[other]);
    await writer.query('ROLLBACK');
    expect(await edited).toMatchObject([{ status: 'fulfilled' }]);
  });
});

describe('a merge, or its undoing, that loses against somebody else’s transaction is made again:', () => {
  let api: TestApi;
  let superuser: pg.Client;
  beforeEach(async () => {
    api = await startTestApi(editor.crm);
    superuser = await connect(editor.crm.database.superuserUrl);
  });
  afterEach(async () => {
    await superuser.end();
    await api.close();
  });

  test.each([
    ['mergeChoices', false],
    ['undoChoiceMerge', true],
  ])('a deadlock of %s is shown to nobody', async (mutation, merged) => {
    const { first, second } = await create(merged);
    const ids = mutation === 'mergeChoices' ? `loserIds: ["${first}"], survivorId: "${second}"` : `loserId: "${first}"`;
    await superuser.query(`BEGIN; SET LOCAL deadlock_timeout = '10min'`);
    await superuser.query(`SELECT FROM ${INDUSTRY.table} WHERE id = $1 FOR UPDATE`, [first]);
    const answered = api.send(`mutation { ${mutation}(input: { type: INDUSTRY, ${ids} }) { moved } }`, undefined, {
      token: await api.token('acme', 'choice-admin'),
    });
    await waitUntilBlocked(editor.other, superuser);
    // It holds the chain that this wants, and wants the choice that this holds.
    await superuser.query(`UPDATE ${INDUSTRY.table} SET position = position + 1 WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]);
    await superuser.query('COMMIT');
    expect((await answered).body).toEqual(expect.objectContaining({ data: { [mutation]: { moved: 0 } } }));
  });
});
