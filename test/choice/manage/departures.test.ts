import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { deleteChoice, restoreChoice } from '../../../src/choice/manage/delete-choice.ts';
import { type DepartureRequest, setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { insertRecord } from '../records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor, INDUSTRY } from './choice-editor.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const STATUS = choiceRegistry.types.find((type) => type.name === 'LeadStatus')!;

let editor: ChoiceEditor;
beforeAll(async () => {
  editor = await createChoiceEditor();
});
beforeEach(() =>
  editor.client.query(`
    DELETE FROM lead; DELETE FROM account; DELETE FROM industry_alias WHERE legacy_value NOT IN (SELECT key FROM industry);
    UPDATE industry SET system = false;
    UPDATE industry SET version = 1, active = true, deleted_at = NULL, merged_into_id = NULL, label = upper(left(key, 1)) || substr(key, 2);
    UPDATE lead_status SET version = 1, active = true, deleted_at = NULL; DELETE FROM choice_default`),
);
afterAll(() => editor.close());

type Request = Omit<DepartureRequest, 'id'>;
const activate = async (key: string, active: boolean, request: Request = {}, type = INDUSTRY) => {
  const id = await editor.id(key, type);
  return editor.edit((edit) => setChoiceActive(edit, { ...request, id, active }), { type });
};
const remove = async (key: string, request: Request = {}, type = INDUSTRY) => {
  const id = await editor.id(key, type);
  return editor.edit((edit) => deleteChoice(edit, { ...request, id }), { type });
};
const restore = async (key: string, request: { version?: number; label?: string } = {}) => {
  const id = await editor.id(key);
  return editor.edit((edit) => restoreChoice(edit, { ...request, id }));
};
const readDefaults = async () => {
  const { rows } = await editor.client.query<{ field: string; choice_id: string }>(
    'SELECT field, choice_id FROM choice_default WHERE tenant_id = $1',
    [editor.acme],
  );
  return Object.fromEntries(rows.map((row) => [row.field, row.choice_id]));
};
const snapshot = async () => [await editor.countChanges(), await editor.read(), await editor.aliases(), await readDefaults()];
const insert = (legacy: string) => insertRecord(editor.client, FIELD, editor.acme, { legacy });

describe.each([
  ['a deactivation', (key: string, request?: Request, type = INDUSTRY) => activate(key, false, request, type), { active: false }],
  ['a deletion', remove, { deleted: true }],
] as const)('%s', (name, leave, left) => {
  test('is done once, and counts the version', async () => {
    expect(await leave('tech', { version: 1 })).toMatchObject({ choice: { key: 'tech', version: 2, ...left }, plan: null });
    const before = await snapshot();
    if (name === 'a deactivation') expect(await leave('tech')).toMatchObject({ choice: { version: 2 } });
    else await expect(leave('tech')).rejects.toMatchObject({ code: 'NOT_FOUND', data: { key: 'tech' } });
    expect(await snapshot()).toEqual(before);
  });

  test('at another version is a conflict', async () => {
    await expect(leave('tech', { version: 7 })).rejects.toMatchObject({ code: 'CONFLICT', data: { current: { key: 'tech', version: 1 } } });
  });

  test('of a choice of the system’s is refused', async () => {
    await editor.client.query(`UPDATE industry SET system = true WHERE key = 'tech'`);
    const id = await editor.id('tech');
    await expect(leave('tech')).rejects.toMatchObject({ code: 'CHOICE_SYSTEM', data: { id, key: 'tech' } });
  });

  test('of a merged choice is refused', async () => {
    const mergedIntoId = await editor.id('retail');
    await editor.client.query(`UPDATE industry SET merged_into_id = $1 WHERE key = 'tech' AND tenant_id = $2`, [mergedIntoId, editor.acme]);
    await expect(leave('tech')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { mergedIntoId } });
  });

  test('of the tenant’s default needs a replacement, which becomes the default', async () => {
    await editor.client.query('INSERT INTO choice_default VALUES ($1, $2, $4), ($1, $3, $4)', [
      editor.acme,
      'Lead.industry',
      'Account.industry',
      await editor.id('tech'),
    ]);
    await expect(leave('tech')).rejects.toMatchObject({
      code: 'CHOICE_IN_USE',
      data: {
        path: 'replacementId',
        key: 'tech',
        defaultOf: ['Lead.industry', 'Account.industry'],
        requiredBy: [],
        alternatives: ['replacementId'],
      },
    });
    const retail = await editor.id('retail');
    await editor.client.query('UPDATE industry SET active = false WHERE id = $1', [retail]);
    await leave('tech', { replacementId: retail });
    expect(await readDefaults()).toEqual({ 'Lead.industry': retail, 'Account.industry': retail });
    expect((await editor.read()).get('retail')).toMatchObject({ active: true });
  });

  test('of what the column’s default names needs one, too: it becomes the tenant’s default', async () => {
    await expect(leave('new', {}, STATUS)).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { defaultOf: ['Lead.status'] } });
    const contacted = await editor.id('contacted', STATUS);
    await leave('new', { replacementId: contacted }, STATUS);
    expect(await readDefaults()).toEqual({ 'Lead.status': contacted });
  });

  test('of the last active choice of a required field needs one, which is activated', async () => {
    await editor.client.query(`UPDATE industry SET active = false WHERE tenant_id = $1 AND key <> 'tech'`, [editor.acme]);
    await expect(leave('tech')).rejects.toMatchObject({
      code: 'CHOICE_IN_USE',
      data: { path: 'replacementId', defaultOf: [], requiredBy: ['Lead.industry'], alternatives: ['replacementId'] },
    });
    await leave('tech', { replacementId: await editor.id('retail') });
    expect((await editor.read()).get('retail')).toMatchObject({ active: true, version: 2 });
  });

  test('leaves a replacement alone that it does not need', async () => {
    const retail = await editor.id('retail');
    await editor.client.query('UPDATE industry SET active = false WHERE id = $1', [retail]);
    await leave('tech', { replacementId: retail });
    expect((await editor.read()).get('retail')).toMatchObject({ active: false, version: 1 });
  });

  test.each([
    ['itself', 'tech', 'BAD_USER_INPUT'],
    ['a merged one', 'energy', 'BAD_USER_INPUT'],
    ['a deleted one', 'other', 'NOT_FOUND'],
    ['nobody', undefined, 'NOT_FOUND'],
  ])('takes no replacement that cannot be one: %s', async (_, key, code) => {
    await editor.client.query(`UPDATE industry SET merged_into_id = $1 WHERE key = 'energy' AND tenant_id = $2`, [
      await editor.id('retail'),
      editor.acme,
    ]);
    await editor.client.query(`UPDATE industry SET deleted_at = now() WHERE key = 'other'`);
    const replacementId = key === undefined ? '00000000-0000-7000-8000-000000000000' : await editor.id(key);
    await expect(leave('tech', { replacementId })).rejects.toMatchObject({ code, data: { path: 'replacementId' } });
  });

  test('is planned by a dry run that writes nothing, and carried out by the plan’s hash while the plan is so', async () => {
    const before = await snapshot();
    const { plan } = await leave('tech', { dryRun: true });
    expect(plan).toMatchObject({ choices: [{ key: 'tech', version: 1, aliases: ['tech'] }], replacement: null, records: 0 });
    expect(await snapshot()).toEqual(before);

    await editor.client.query(`INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'IT', $2)`, [
      editor.acme,
      await editor.id('tech'),
    ]);
    await expect(leave('tech', { planHash: plan!.planHash })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { plan: { choices: [{ aliases: ['IT', 'tech'] }], planHash: expect.not.stringMatching(plan!.planHash) } },
    });
    const again = await leave('tech', { dryRun: true });
    expect(await leave('tech', { planHash: again.plan!.planHash })).toMatchObject({ choice: left });
  });
});

test('an inactive choice is activated again', async () => {
  await activate('tech', false);
  expect(await activate('tech', true)).toMatchObject({ choice: { active: true, version: 3 } });
});

test('a deactivation is not carried out by the plan’s hash once another record has the choice, of whatever field', async () => {
  for (const field of ['Lead.industry', 'Account.industry']) {
    const { plan } = await activate('tech', false, { dryRun: true });
    await insertRecord(editor.client, choiceRegistry.field(field)!, editor.acme, { legacy: 'tech' });
    await expect(activate('tech', false, { planHash: plan!.planHash })).rejects.toMatchObject({
      code: 'CONFLICT',
      data: { plan: { records: plan!.records + 1, planHash: expect.not.stringMatching(plan!.planHash) } },
    });
  }
  const { plan } = await activate('tech', false, { dryRun: true });
  expect(await activate('tech', false, { planHash: plan!.planHash })).toMatchObject({ choice: { active: false } });
});

test('a deactivation tells how many records keep the choice', async () => {
  await insert('tech');
  expect((await activate('tech', false, { dryRun: true })).plan).toMatchObject({
    records: 1,
    fields: [{ field: 'Lead.industry', records: 1 }],
  });
  await activate('tech', false);
});

describe('a choice in use', () => {
  test('is not deleted: the records per field, and what can be done instead', async () => {
    await insert('tech');
    await insert('tech');
    await editor.client.query(`INSERT INTO account (tenant_id, name, industry) VALUES ($1, 'Example Ltd', 'tech')`, [editor.acme]);
    const data = {
      key: 'tech',
      records: 3,
      fields: [
        { field: 'Lead.industry', records: 2 },
        { field: 'Account.industry', records: 1 },
      ],
      merged: [],
      alternatives: ['mergeChoices', 'setChoiceActive'],
    };
    for (const dryRun of [true, false]) await expect(remove('tech', { dryRun })).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data });
  });

  test('is not deleted while a choice is merged into it', async () => {
    await editor.client.query(`UPDATE industry SET merged_into_id = $1 WHERE key = 'energy' AND tenant_id = $2`, [
      await editor.id('tech'),
      editor.acme,
    ]);
    await expect(remove('tech')).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { records: 0, merged: ['energy'] } });
  });

  test('by a record that is written at this moment is waited for', async () => {
    await editor.client.query('BEGIN');
    await insert('tech');
    const refused = expect(remove('tech')).rejects.toMatchObject({ code: 'CHOICE_IN_USE', data: { records: 1 } });
    await waitUntilBlocked(editor.other, editor.client);
    await editor.client.query('COMMIT');
    await refused;
  });
});

describe('a deleted choice', () => {
  test('keeps its key and the alias that is its key; others go', async () => {
    await editor.client.query(`INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'IT', $2)`, [
      editor.acme,
      await editor.id('tech'),
    ]);
    await remove('tech');
    expect(await editor.aliases()).toEqual({});
    const { rows } = await editor.client.query(`SELECT FROM industry_alias WHERE tenant_id = $1 AND legacy_value = 'tech'`, [editor.acme]);
    expect(rows).toHaveLength(1);
  });

  test('is restored as it was, once', async () => {
    await remove('tech');
    expect(await restore('tech', { version: 2 })).toMatchObject({ deleted: false, active: true, label: 'Tech', version: 3 });
    const before = await snapshot();
    expect(await restore('tech')).toMatchObject({ version: 3 });
    expect(await snapshot()).toEqual(before);
    await expect(restore('tech', { version: 1 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('whose label another one has by now is restored with another', async () => {
    await remove('tech');
    await editor.client.query(`UPDATE industry SET label = 'tech' WHERE key = 'retail' AND tenant_id = $1`, [editor.acme]);
    await expect(restore('tech')).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'label', choice: { key: 'retail' } } });
    expect(await restore('tech', { label: 'Tech again' })).toMatchObject({ deleted: false, label: 'Tech again' });
  });

  test('is not restored beyond 1,000', async () => {
    await remove('tech');
    const { rows } = await editor.client.query<{ room: number }>(
      'SELECT 1000 - count(*)::int AS room FROM industry WHERE tenant_id = $1 AND deleted_at IS NULL',
      [editor.acme],
    );
    await editor.client.query(
      `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, 'many_' || n, 'Many ' || n, n FROM generate_series(1, $2::int) AS n`,
      [editor.acme, rows[0]!.room],
    );
    await expect(restore('tech')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', data: { limit: 1_000 } });
    await editor.client.query(`
      ALTER TABLE industry_alias DISABLE TRIGGER guard_own_alias; DELETE FROM industry_alias WHERE legacy_value LIKE 'many%';
      ALTER TABLE industry_alias ENABLE TRIGGER guard_own_alias; DELETE FROM industry WHERE key LIKE 'many%'`);
  });
});
