import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { deriveKey } from '../../../src/choice/manage/choose-key.ts';
import { createChoice } from '../../../src/choice/manage/create-choice.ts';
import { deleteChoice } from '../../../src/choice/manage/delete-choice.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor, INDUSTRY } from './choice-editor.ts';

const SOURCE = choiceRegistry.types.find((type) => type.name === 'LeadSource')!;
const PRIORITY = choiceRegistry.types.find((type) => type.name === 'TaskPriority')!;

let editor: ChoiceEditor;
beforeAll(async () => {
  editor = await createChoiceEditor();
});
afterAll(() => editor.close());

const create = (input: Parameters<typeof createChoice>[1], type = INDUSTRY) => editor.edit((edit) => createChoice(edit, input), { type });

describe('a key made from a label', () => {
  test.each([
    ['Büro & Café', 'buro_cafe'],
    ['  Straßenbau ', 'strassenbau'],
    ['Ærø – Œuvre', 'aero_oeuvre'],
    ["Farmer's Market", 'farmers_market'],
    ['3D printing', 'choice_3d_printing'],
    ['שלום', 'choice'],
    ['👩‍🚀', 'choice'],
    ['ＦＵＬＬ width', 'full_width'],
    ['__x__', 'x'],
  ])('%j → %s', (label, key) => {
    expect(deriveKey(label, 50)).toBe(key);
  });

  test('is cut to the shortest column, and ends in no underscore', () => {
    expect(deriveKey('Very important things', 15)).toBe('very_important');
    expect(deriveKey('Very important things', 10)).toBe('very_impor');
  });

  test('gets a number when it is taken, deleted or an alias, and never that of another', async () => {
    const { id, key } = await create({ label: 'Space Travel' });
    expect(key).toBe('space_travel');
    await editor.edit((edit) => deleteChoice(edit, { id }));
    await editor.client.query(`INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'space_travel_2', $2)`, [
      editor.acme,
      await editor.id('tech'),
    ]);
    expect(await create({ label: 'Space travel!' })).toMatchObject({ key: 'space_travel_3' });
    expect(await create({ label: 'Urgent things' }, PRIORITY)).toMatchObject({ key: 'urgent_thi' });
    expect(await create({ label: 'Urgent thin' }, PRIORITY)).toMatchObject({ key: 'urgent_t_2' });
  });
});

test('a choice is created active at the end, with its own columns, an alias and one entry each in the audit', async () => {
  const before = await editor.countChanges();
  const choice = await create({ key: 'radio', label: 'Radio', extra: { color: '#fff', conversionRateTarget: 12.345 } }, SOURCE);
  expect(choice).toMatchObject({ type: 'LeadSource', key: 'radio', label: 'Radio', active: true, system: false, version: 1, position: 6 });
  expect(choice).toMatchObject({ color: '#fff', icon: null, conversionRateTarget: 12.35 });
  expect(await editor.countChanges()).toBe(before + 2);
  const { rows } = await editor.client.query(
    `SELECT actor, operation, request_id, kind, object FROM choice_change WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 2`,
    [editor.acme],
  );
  const entry = { actor: 'ada', operation: 'test', request_id: 'request 1' };
  expect(rows).toEqual([
    { ...entry, kind: 'alias', object: 'radio' },
    { ...entry, kind: 'choice', object: choice.id },
  ]);
});

test('a choice takes its place in the list, and those from there on move down', async () => {
  const before = [...(await editor.read(PRIORITY)).values()].sort((a, b) => a.position - b.position).map(({ key }) => key);
  expect(await create({ label: 'Blocker', position: 2 }, PRIORITY)).toMatchObject({ position: 2, version: 1 });
  const after = [...(await editor.read(PRIORITY)).values()].sort((a, b) => a.position - b.position);
  expect(after.map(({ key }) => key)).toEqual(before.toSpliced(1, 0, 'blocker'));
  expect(after.map(({ position }) => position)).toEqual(after.map((_, index) => index + 1));
  expect(after.find(({ key }) => key === 'low')!.version).toBe(1);
});

describe('is refused:', () => {
  const refused = (path: string, more = {}) => ({ code: 'BAD_USER_INPUT', data: { path, ...more } });

  test.each([
    ['', 'label'],
    ['\u200b', 'label'],
    ['a\tb', 'label'],
    ['a\u202eb', 'label'],
    ['\ud800', 'label'],
    ['x'.repeat(201), 'label'],
  ])('the label %j', async (label, path) => {
    await expect(create({ label })).rejects.toMatchObject(refused(path));
  });

  test.each(['Tech', '1a', 'a-b', '', 'é', 'x'.repeat(51)])('the key %j', async (key) => {
    await expect(create({ key, label: 'Nobody’s' })).rejects.toMatchObject(refused('key', { length: 50 }));
  });

  test('a label that another one has, though it is inactive, with that one', async () => {
    const { id } = (await editor.read()).get('retail')!;
    await editor.client.query('UPDATE industry SET active = false WHERE id = $1', [id]);
    const choice = { id, key: 'retail', label: 'Retail', active: false, version: 1 };
    await expect(create({ label: ' RETAIL' })).rejects.toMatchObject(refused('label', { choice }));
    await editor.client.query('UPDATE industry SET active = true WHERE id = $1', [id]);
  });

  test('a key that was used, or is an alias, with the choice that has it', async () => {
    await editor.client.query(`INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, 'it', $2)`, [
      editor.acme,
      await editor.id('tech'),
    ]);
    for (const key of ['tech', 'it'])
      await expect(create({ key, label: 'Nobody’s' })).rejects.toMatchObject(
        refused('key', { choice: expect.objectContaining({ key: 'tech' }) }),
      );
  });

  test.each([0, 1.5, 100])('the place %d', async (position) => {
    await expect(create({ label: 'Nobody’s', position })).rejects.toMatchObject(refused('position'));
  });

  test.each([
    [{ colour: 'x' }, 'colour'],
    [{ color: 1 }, 'color'],
    [{ color: 'x'.repeat(21) }, 'color'],
    [{ color: 'a\nb' }, 'color'],
    [{ conversionRateTarget: 1000 }, 'conversionRateTarget'],
    [{ conversionRateTarget: Infinity }, 'conversionRateTarget'],
  ])('the own column %j', async (extra, path) => {
    await expect(create({ label: 'Nobody’s', extra }, SOURCE)).rejects.toMatchObject(refused(path));
  });

  test('one more than 1,000', async () => {
    const tier = choiceRegistry.types.find((type) => type.name === 'AccountTier')!;
    await editor.client.query(
      `INSERT INTO account_tier (tenant_id, key, label, position) SELECT $1, 'many_' || n, 'Many ' || n, n FROM generate_series(1, 999 - (SELECT count(*)::int FROM account_tier WHERE tenant_id = $1 AND deleted_at IS NULL)) AS n`,
      [editor.acme],
    );
    expect(await create({ label: 'The thousandth' }, tier)).toMatchObject({ key: 'the_thousandth' });
    await expect(create({ label: 'Nobody’s' }, tier)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      data: { limit: 1_000, type: 'ACCOUNT_TIER' },
    });
  });

  test('the first one of a tenant that has none yet', async () => {
    await editor.client.query(
      `ALTER TABLE task_type_alias DISABLE TRIGGER guard_own_alias; DELETE FROM task_type_alias; DELETE FROM task_type`,
    );
    const type = choiceRegistry.types.find((one) => one.name === 'TaskType')!;
    await expect(create({ label: 'First' }, type)).rejects.toMatchObject({ code: 'CONFLICT', data: { type: 'TASK_TYPE' } });
  });
});

describe('two at once', () => {
  test.each(['the same label', 'the same key'])('with %s: the second is told of the first', async (which) => {
    const key = which === 'the same key' ? 'taken_now' : 'taken_then';
    await editor.client.query('BEGIN');
    await editor.client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, $2, $3, 1)`, [
      editor.acme,
      key,
      `Taken ${which}`,
    ]);
    const second = create({ key: 'taken_now', label: which === 'the same key' ? 'Another' : `taken ${which}` });
    const refused = expect(second).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      data: { path: which === 'the same key' ? 'key' : 'label', choice: expect.objectContaining({ key }) },
    });
    await waitUntilBlocked(editor.other, editor.client);
    await editor.client.query('COMMIT');
    await refused;
  });

  test('of the same label by the service both: one is created', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => create({ label: 'Only once' })));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
