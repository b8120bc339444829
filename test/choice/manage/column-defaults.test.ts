import { afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { startTestApi } from '../../harness/test-api.ts';
import { createTestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

const STATUS = choiceRegistry.field('Task.status')!;
const KIND = choiceRegistry.field('Task.taskType')!;

let editor: ChoiceEditor;
const start = async (phase: 'populated' | 'contracted') => {
  editor = await createChoiceEditor(await createTestCrm({ phase, fields: [STATUS, KIND] }));
};
afterEach(() => editor.close());

const update = (table: string, set: string, condition = 'true') =>
  editor.client.query(`UPDATE ${table} SET ${set} WHERE tenant_id = $1 AND ${condition}`, [editor.acme]);
const mergeInto = (key: string) =>
  `merged_into_id = (SELECT id FROM task_status AS other WHERE other.tenant_id = $1 AND other.key = '${key}')`;

describe.each(['populated', 'contracted'] as const)('at %s, a writer of SQL', (phase) => {
  const kept = { code: '23514', constraint: 'choice_default' };

  test.each(['active = false', 'deleted_at = now()'])(
    'does not take the default that the column says away from new records: %s',
    async (set) => {
      await start(phase);
      await expect(update('task_status', set, `key = 'todo'`)).rejects.toMatchObject(kept);
      const { rows } = await editor.client.query<{ id: string }>(`SELECT id FROM task_status WHERE tenant_id = $1 AND key = 'completed'`, [
        editor.acme,
      ]);
      await editor.client.query('INSERT INTO choice_default VALUES ($1, $2, $3)', [editor.acme, STATUS.coordinate, rows[0]!.id]);
      expect((await update('task_status', set, `key = 'todo'`)).rowCount).toBe(1);
    },
  );

  test.each(['active = false', 'deleted_at = now()'])('does not bring a default back that no record may choose: %s', async (set) => {
    await start(phase);
    const { rows } = await editor.client.query<{ id: string }>(`SELECT id FROM task_status WHERE tenant_id = $1 AND key = 'completed'`, [
      editor.acme,
    ]);
    const clear = () => editor.client.query('DELETE FROM choice_default WHERE tenant_id = $1', [editor.acme]);
    const choose = () =>
      editor.client.query('INSERT INTO choice_default VALUES ($1, $2, $3)', [editor.acme, STATUS.coordinate, rows[0]!.id]);
    await choose();
    expect((await clear()).rowCount).toBe(1);
    await choose();
    await update('task_status', set, `key = 'todo'`);
    await expect(clear()).rejects.toMatchObject(kept);
  });

  test('waits for whoever deactivates what the column says, and is refused then', async () => {
    await start(phase);
    const next = await editor.id('in_progress', STATUS.type);
    await editor.edit((edit) => setDefaultChoice(edit, { field: STATUS, id: next }), { type: STATUS.type });
    const other = new pg.Client({ connectionString: editor.crm.database.ownerUrl });
    await other.connect();
    try {
      await editor.client.query('BEGIN');
      await update('task_status', 'active = false', `key = 'todo'`);
      const cleared = other.query('DELETE FROM choice_default WHERE tenant_id = $1', [editor.acme]).catch((error: unknown) => error);
      await waitUntilBlocked(editor.client, editor.client);
      await editor.client.query('COMMIT');
      expect(await cleared).toMatchObject(kept);
    } finally {
      await other.end();
    }
  });

  test('does so neither for what it was merged into', async () => {
    await start(phase);
    await update('task_status', 'active = false', `key = 'completed'`);
    await expect(update('task_status', mergeInto('completed'), `key = 'todo'`)).rejects.toMatchObject(kept);
    await update('task_status', mergeInto('in_progress'), `key = 'todo'`);
    await expect(update('task_status', 'active = false', `key = 'in_progress'`)).rejects.toMatchObject(kept);
    expect((await update('task_status', 'active = false', `key NOT IN ('todo', 'in_progress')`)).rowCount).toBeGreaterThan(0);
  });

  test('leaves a field that has to have a choice one to choose', async () => {
    await start(phase);
    await expect(update('task_type', 'active = false')).rejects.toMatchObject({ code: '23514', constraint: 'choice_last_active' });
  });
});

test.each(['populated', 'contracted'] as const)(
  'a default is not cleared where the one that the column says was deleted, at %s: new records take the other one',
  async (phase) => {
    await start(phase);
    const options = { type: STATUS.type };
    const [todo, next] = [await editor.id('todo', STATUS.type), await editor.id('in_progress', STATUS.type)];
    await editor.edit((edit) => deleteChoice(edit, { id: todo, replacementId: next }), options);
    await expect(editor.edit((edit) => setDefaultChoice(edit, { field: STATUS, id: null }), options)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      data: { path: 'id', field: STATUS.coordinate, key: 'todo' },
    });
    const api = await startTestApi(editor.crm);
    const { body } = await api.send(
      'mutation { createTask(input: { title: "Call", taskType: "custom" }) { task { status statusRef { key } } } }',
    );
    await api.close();
    expect(body.data).toEqual({ createTask: { task: { status: 'in_progress', statusRef: { key: 'in_progress' } } } });
  },
);

test.each(['populated', 'contracted'] as const)(
  'undoing a merge brings no inactive default back that the column says, at %s: what it was until then stays',
  async (phase) => {
    await start(phase);
    const options = { type: STATUS.type };
    const [todo, next] = [await editor.id('todo', STATUS.type), await editor.id('in_progress', STATUS.type)];
    await editor.edit((edit) => setChoiceActive(edit, { id: todo, active: false, replacementId: next }), options);
    const api = await startTestApi(editor.crm);
    const admin = { token: await api.token('acme', 'choice-admin', 'writer') };
    const send = async (mutation: string) => {
      const { body } = await api.send(`mutation { ${mutation} }`, undefined, admin);
      expect(body).not.toHaveProperty('errors');
      return body.data;
    };
    await send(`mergeChoices(input: { type: TASK_STATUS, loserIds: ["${todo}"], survivorId: "${next}" }) { moved }`);
    await editor.edit((edit) => setDefaultChoice(edit, { field: STATUS, id: null }), options);
    await send(`undoChoiceMerge(input: { type: TASK_STATUS, loserId: "${todo}" }) { moved }`);
    const { createTask } = await send(
      `createTask(input: { title: "Call", taskType: "custom" }) { task { status statusRef { key active } } }`,
    );
    await api.close();
    expect(createTask.task).toEqual({ status: 'in_progress', statusRef: { key: 'in_progress', active: true } });
  },
);
