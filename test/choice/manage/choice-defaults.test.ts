import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChoiceField } from '../../../src/choice/choice-field.ts';
import { readChoiceOptions } from '../../../src/choice/derive/options.ts';
import { setDefaultChoice } from '../../../src/choice/manage/choice-defaults.ts';
import { setChoiceActive } from '../../../src/choice/manage/set-choice-active.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { readThrough } from '../../../src/database/read.ts';
import { awaitServers } from '../../harness/regimes.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { choiceId, create, insertRecord, REQUIRED } from '../../crm/records.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { type ChoiceEditor, createChoiceEditor } from './choice-editor.ts';

const INDUSTRY = choiceRegistry.field('Lead.industry')!;
const STATUS = choiceRegistry.field('Lead.status')!;
const ACCOUNT = choiceRegistry.field('Account.industry')!;

let crm: TestCrm;
let editor: ChoiceEditor;
let api: TestApi;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  editor = await createChoiceEditor(crm);
  api = await startTestApi(crm);
});
afterAll(async () => {
  expect(api.log).toEqual([]);
  await api.close();
  await editor.close();
});

const setDefault = async (field: ChoiceField, key: string | null) => {
  const id = key === null ? null : await choiceId(crm, field, key);
  return editor.edit((edit) => setDefaultChoice(edit, { field, id }), { type: field.type });
};
const readDefault = async (field: ChoiceField, tenant = 'acme') =>
  (await readChoiceOptions(readThrough(crm.owner.sql), crm.tenant(tenant).id, field, undefined)).default?.key;

describe('a tenant’s default', () => {
  beforeEach(() =>
    editor.client.query('UPDATE lead_status SET active = true; UPDATE industry SET active = true; DELETE FROM choice_default'),
  );

  test('is what the column’s default names while none is said', async () => {
    expect([await readDefault(STATUS), await readDefault(INDUSTRY)]).toEqual(['new', undefined]);
  });

  test('is told with the choices that a form offers', async () => {
    const read = async () => (await api.send('{ choiceOptions(field: LEAD_INDUSTRY) { default { key active } } }')).body.data.choiceOptions;
    expect(await read()).toEqual({ default: null });
    await setDefault(INDUSTRY, 'retail');
    expect(await read()).toEqual({ default: { key: 'retail', active: true } });
  });

  test('is set and cleared for one field; what is so already is not written', async () => {
    expect(await setDefault(ACCOUNT, 'retail')).toMatchObject({ key: 'retail' });
    expect([await readDefault(ACCOUNT), await readDefault(INDUSTRY), await readDefault(ACCOUNT, 'globex')]).toEqual([
      'retail',
      undefined,
      undefined,
    ]);
    const before = await editor.countChanges();
    await setDefault(ACCOUNT, 'retail');
    await setDefault(STATUS, 'new');
    await setDefault(STATUS, null);
    expect(await editor.countChanges()).toBe(before);
    expect(await setDefault(ACCOUNT, null)).toBeNull();
    expect(await readDefault(ACCOUNT)).toBeUndefined();
    expect(await editor.countChanges()).toBe(before + 1);
  });

  test('is an active choice of the tenant’s', async () => {
    await editor.client.query(`UPDATE industry SET active = false WHERE key = 'retail'`);
    await expect(setDefault(INDUSTRY, 'retail')).rejects.toMatchObject({
      code: 'CHOICE_INACTIVE',
      data: { path: 'id', field: 'Lead.industry', key: 'retail' },
    });
    const foreign = await choiceId(crm, INDUSTRY, 'tech', 'globex');
    await expect(editor.edit((edit) => setDefaultChoice(edit, { field: INDUSTRY, id: foreign }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      data: { path: 'id' },
    });
    await expect(editor.edit((edit) => setDefaultChoice(edit, { field: STATUS, id: null }))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      data: { path: 'field' },
    });
  });

  test('is not cleared where records would take an inactive choice then', async () => {
    const [id, replacementId] = [await choiceId(crm, STATUS, 'new'), await choiceId(crm, STATUS, 'contacted')];
    await editor.edit((edit) => setChoiceActive(edit, { id, active: false, replacementId }), { type: STATUS.type });
    expect(await readDefault(STATUS)).toBe('contacted');
    await expect(setDefault(STATUS, null)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', data: { path: 'id', key: 'new' } });
    await editor.client.query('UPDATE lead_status SET active = true; DELETE FROM choice_default');
    expect(await setDefault(STATUS, null)).toBeNull();
  });
});

const PHASES: readonly [string, () => Promise<unknown>][] = [
  ['populated', async () => undefined],
  ['migrated', () => crm.migrate()],
  ['preferred', () => crm.prefer()],
  ['contracted', () => crm.contract()],
];

describe.each(PHASES)('a record that is created without a choice at %s', (_, enter) => {
  let account: string;
  beforeAll(async () => {
    await editor.client.query('UPDATE lead_status SET active = true; UPDATE industry SET active = true; DELETE FROM choice_default');
    await enter();
    await awaitServers(crm);
    account = await insertRecord(crm, 'account', {});
  });

  const others = (field: ChoiceField) =>
    Object.fromEntries(
      choiceRegistry
        .fieldsOf(field.owner)
        .filter((one) => one !== field && one.required && one.default === null)
        .map((one) => [one.legacy, one.hardcoded[0]![0]]),
    );
  const needed = (field: ChoiceField) => ({ ...REQUIRED[field.owner]!(account), ...others(field) });

  test.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))(
    'takes the tenant’s default: %s',
    async (_, field) => {
      const before = await create(api, field, needed(field));
      if (field.required && field.default === null) expect(before).toMatchObject({ code: 'BAD_USER_INPUT' });
      else expect(before.record).toMatchObject({ legacy: field.default, ref: field.default ? { key: field.default } : null });

      const key = field.hardcoded.at(-1)![0];
      await setDefault(field, key);
      for (const path of ['/graphql/2026-01', '/graphql/2026-11'] as const) {
        const mutation = `mutation ($input: Create${field.owner}Input!) { create${field.owner}(input: $input) { ${field.table} { legacy: ${field.legacy} } } }`;
        const { body } = await api.send(mutation, { input: needed(field) }, { path });
        expect(body.data).toEqual({ [`create${field.owner}`]: { [field.table]: { legacy: key } } });
      }
      expect((await create(api, field, needed(field))).record).toMatchObject({ legacy: key, ref: { key }, version: 1 });
      if (!field.required) {
        expect((await create(api, field, { ...needed(field), [field.ref]: null })).record).toMatchObject({ ref: null });
        expect((await create(api, field, { ...needed(field), [field.legacy]: '' })).record).toMatchObject({ legacy: '', ref: null });
      }
      expect((await create(api, field, { ...needed(field), [field.legacy]: field.hardcoded[0]![0] })).record).toMatchObject({
        legacy: field.hardcoded[0]![0],
      });
      const globex = { token: await api.token('globex', 'writer') };
      if (!field.required && field.table !== 'opportunity')
        expect((await create(api, field, needed(field), globex)).record).toMatchObject({ legacy: field.default });

      await setDefault(field, null);
      expect(await create(api, field, needed(field))).toEqual(
        before.code === undefined
          ? { ...before, record: { ...before.record, id: expect.any(String) } }
          : expect.objectContaining({ code: before.code }),
      );
    },
  );

  describe('while its default changes', () => {
    beforeEach(async () => {
      await editor.client.query(`
        UPDATE industry SET active = true; UPDATE lead_status SET active = true; DELETE FROM choice_default`);
      await setDefault(INDUSTRY, 'tech');
    });
    const createLead = () => create(api, INDUSTRY, { ...REQUIRED.Lead!(account), leadSource: 'web' });

    test('and is deactivated: it waits, and takes the new one', async () => {
      await editor.client.query('BEGIN');
      await editor.client.query('UPDATE choice_default SET choice_id = $1 WHERE field = $2', [
        await choiceId(crm, INDUSTRY, 'retail'),
        'Lead.industry',
      ]);
      await editor.client.query(`UPDATE industry SET active = false WHERE tenant_id = $1 AND key = 'tech'`, [editor.acme]);
      const creating = createLead();
      await waitUntilBlocked(editor.other, editor.client);
      await editor.client.query('COMMIT');
      expect((await creating).record).toMatchObject({ legacy: 'retail', ref: { key: 'retail' } });
    });

    test('holds the one that it takes until it is written', async () => {
      // The status is taken after the industry: in between the lead holds the industry.
      await editor.client.query('BEGIN');
      await editor.client.query(`SELECT FROM lead_status WHERE tenant_id = $1 AND key = 'new' FOR UPDATE`, [editor.acme]);
      const creating = createLead();
      const [blocked] = await waitUntilBlocked(editor.other, editor.client);
      const [id, replacementId] = [await choiceId(crm, INDUSTRY, 'tech'), await choiceId(crm, INDUSTRY, 'retail')];
      const deactivating = editor.edit((edit) => setChoiceActive(edit, { id, active: false, replacementId }));
      await waitUntilBlocked(editor.other, blocked!);
      await editor.client.query('COMMIT');
      expect((await creating).record).toMatchObject({ legacy: 'tech' });
      expect(await deactivating).toMatchObject({ choice: { active: false } });
      expect((await createLead()).record).toMatchObject({ legacy: 'retail' });
    });

    test('the column’s default gives way to the tenant’s at the moment that it is deactivated', async () => {
      await editor.client.query('BEGIN');
      await editor.client.query('INSERT INTO choice_default VALUES ($1, $2, $3)', [
        editor.acme,
        'Lead.status',
        await choiceId(crm, STATUS, 'contacted'),
      ]);
      await editor.client.query(`UPDATE lead_status SET active = false WHERE tenant_id = $1 AND key = 'new'`, [editor.acme]);
      const creating = create(api, STATUS, { ...REQUIRED.Lead!(account), leadSource: 'web' });
      await waitUntilBlocked(editor.other, editor.client);
      await editor.client.query('COMMIT');
      expect((await creating).record).toMatchObject({ legacy: 'contacted', ref: { key: 'contacted' } });
    });
  });
});
