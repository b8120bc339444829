import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type pg from 'pg';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { updateChoice } from '../../../src/choice/manage/update-choice.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

let editor: ChoiceEditor;
let superuser: pg.Client;
beforeAll(async () => {
  editor = await createChoiceEditor();
  superuser = await connect(editor.crm.database.superuserUrl);
});
afterEach(() => superuser.query('ROLLBACK'));
afterAll(async () => {
  await superuser.end();
  await editor.close();
});

describe('an edit that loses against somebody else’s transaction is made again:', () => {
  test('a deadlock, which nobody is shown', async () => {
    await superuser.query(`BEGIN; SET LOCAL deadlock_timeout = '10min'`);
    await superuser.query(`SELECT FROM industry WHERE tenant_id = $1 AND key = 'finance' FOR UPDATE`, [editor.acme]);
    const id = await editor.id('finance');
    let attempts = 0;
    const editing = editor.edit((edit) => {
      attempts += 1;
      return updateChoice(edit, { id, label: 'Banking' });
    });
    await waitUntilBlocked(editor.other, superuser);
    // The edit holds the chain that this wants, and wants the choice that this holds.
    await superuser.query(`UPDATE industry SET position = 90 WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]);
    await superuser.query('COMMIT');
    expect(await editing).toMatchObject({ label: 'Banking', version: 2 });
    expect(attempts).toBe(2);
  });

  test.each([
    ['label', { label: 'Rail' }],
    ['key', { key: 'railway', label: 'Trains' }],
  ])('a %s that came between its look and its write: it is told whose it is', async (path, input) => {
    // Past the triggers, and so past the chain by which writers take turns.
    await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
    await superuser.query(
      `WITH made AS (INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'railway', $2, 1) RETURNING id)
       INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT $1, 'railway', id FROM made`,
      [editor.acme, 'Rail'],
    );
    const refused = expect(editor.edit((edit) => createChoice(edit, input))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      data: { path, choice: { key: 'railway' } },
    });
    await waitUntilBlocked(editor.other, superuser);
    await superuser.query('COMMIT');
    await refused;
    await superuser.query('BEGIN; SET LOCAL session_replication_role = replica');
    await superuser.query(`DELETE FROM industry_alias WHERE legacy_value = 'railway'; DELETE FROM industry WHERE key = 'railway'; COMMIT`);
  });
});

test('edits of a tenant take turns, whatever they edit; another tenant’s do not wait', async () => {
  const { client, other, acme } = editor;
  await client.query('BEGIN');
  await client.query('SELECT lock_choice_chain($1)', [acme]);
  const [tech, retail] = [await editor.id('tech'), await editor.id('retail')];
  const edits = [
    editor.edit((edit) => updateChoice(edit, { id: tech, label: 'Tech, all of it' })),
    editor.edit((edit) => setChoiceActive(edit, { id: retail, active: false })),
  ];
  await waitUntilBlocked(other, client, 2);
  await superuser.query(`UPDATE industry SET label = 'Theirs' WHERE tenant_id = $1 AND key = 'tech'`, [editor.crm.tenant('globex').id]);
  await client.query('COMMIT');
  expect(await Promise.all(edits)).toMatchObject([{ key: 'tech' }, { choice: { key: 'retail', active: false } }]);
});

describe('what the database’s own rules refuse is told in the API’s words:', () => {
  const IN_USE = { code: 'CHOICE_IN_USE' };
  test.each([
    [
      'a character of a label',
      `UPDATE industry SET label = E'a\\nb' WHERE key = 'tech'`,
      { code: 'BAD_USER_INPUT', data: { path: 'label' } },
    ],
    [
      'a label that another has',
      `UPDATE industry SET label = 'ENERGY' WHERE key = 'tech'`,
      { code: 'BAD_USER_INPUT', data: { path: 'label' } },
    ],
    [
      'a key that another has',
      `INSERT INTO industry (tenant_id, key, label, position) VALUES (current_tenant_id(), 'tech', 'x', 1)`,
      { code: 'BAD_USER_INPUT', data: { path: 'key' } },
    ],
    ['a choice of the system’s', `UPDATE industry SET system = true WHERE key = 'tech'`, { code: 'CHOICE_SYSTEM' }],
    [
      'the default',
      `INSERT INTO choice_default SELECT tenant_id, 'Lead.industry', id FROM industry WHERE key = 'tech'; UPDATE industry SET active = false WHERE key = 'tech'`,
      { ...IN_USE, data: { alternatives: ['replacementId'] } },
    ],
    ['the last active one', `UPDATE industry SET active = false`, { ...IN_USE, data: { alternatives: ['replacementId'] } }],
    [
      'one that is used',
      `INSERT INTO account (tenant_id, name, industry) VALUES (current_tenant_id(), 'Engines', 'tech'); UPDATE industry SET deleted_at = now() WHERE key = 'tech'`,
      { ...IN_USE, data: { alternatives: ['mergeChoices', 'setChoiceActive'] } },
    ],
    [
      'one merged into a deleted one',
      `UPDATE industry SET deleted_at = now() WHERE key = 'other'; UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE key = 'other') WHERE key = 'tech'`,
      { code: 'CONFLICT' },
    ],
    [
      'more than 1,000',
      `INSERT INTO industry (tenant_id, key, label, position) SELECT current_tenant_id(), 'n' || n, 'n' || n, n FROM generate_series(1, 1000) AS n`,
      { code: 'LIMIT_EXCEEDED', data: { limit: 1_000 } },
    ],
  ])('%s', async (_, statements, error) => {
    await expect(
      editor.edit(async ({ transaction }) => {
        for (const statement of statements.split('; ')) await sql.raw(statement).execute(transaction);
      }),
    ).rejects.toMatchObject(error);
  });
});
