import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answer, startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { insertRecord } from '../../crm/records.ts';

let crm: TestCrm;
let api: TestApi;
let admin: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'migrated' });
  api = await startTestApi(crm);
  admin = await api.token('acme', 'choice-admin', 'writer');
});
afterAll(async () => {
  await api.close();
  await crm.close();
});

const send = (query: string, variables: object = {}): Promise<Answer> => api.send(query, { ...variables }, { token: admin });
const mutate = async (mutation: string, input: object, selection: string) => {
  const name = `${mutation === 'addAlias' || mutation === 'removeAlias' ? mutation.replace('Alias', 'ChoiceAlias') : mutation}Input`;
  const { body } = await send(
    `mutation($input: ${name[0]!.toUpperCase()}${name.slice(1)}!) { ${mutation}(input: $input) { ${selection} } }`,
    { input },
  );
  return body;
};
const CHOICE = 'id key label position active deleted version aliases usage { records fields { field records } }';
const list = async () =>
  (await send(`{ choiceList(type: INDUSTRY) { version choices { ${CHOICE} } } }`)).body.data.choiceList as {
    version: string;
    choices: { id: string; key: string; version: number; active: boolean; usage: { records: number } }[];
  };
const find = async (key: string) => (await list()).choices.find((choice) => choice.key === key)!;

test('a choice is created, changed, deactivated, deleted and restored', async () => {
  const { choices } = await list();
  const created = await mutate('createChoice', { type: 'INDUSTRY', label: 'Space Travel', position: 2 }, `choice { ${CHOICE} }`);
  expect(created).toEqual({
    data: {
      createChoice: {
        choice: {
          id: expect.any(String),
          key: 'space_travel',
          label: 'Space Travel',
          position: 2,
          active: true,
          deleted: false,
          version: 1,
          aliases: ['space_travel'],

          usage: {
            records: 0,
            fields: [
              { field: 'LEAD_INDUSTRY', records: 0 },
              { field: 'ACCOUNT_INDUSTRY', records: 0 },
            ],
          },
        },
      },
    },
  });
  expect((await list()).choices.map(({ key }) => key)).toEqual(choices.map(({ key }) => key).toSpliced(1, 0, 'space_travel'));
  const { id } = created.data.createChoice.choice;
  const updated = await mutate('updateChoice', { type: 'INDUSTRY', id, version: 1, label: 'Space' }, 'choice { key label version }');
  expect(updated.data.updateChoice.choice).toMatchObject({ key: 'space_travel', label: 'Space', version: 2 });
  const inactive = await mutate('setChoiceActive', { type: 'INDUSTRY', id, active: false }, 'choice { active version } plan { records }');
  expect(inactive.data.setChoiceActive).toEqual({ choice: { active: false, version: 3 }, plan: null });
  const deleted = await mutate('deleteChoice', { type: 'INDUSTRY', id, version: 3 }, 'choice { deleted } plan { records }');
  expect(deleted.data.deleteChoice).toEqual({ choice: { deleted: true }, plan: null });
  expect(await find('space_travel')).toBeUndefined();
  const shown = await send('{ choices(type: INDUSTRY, includeInactive: true, includeDeleted: true) { key deleted } }');
  expect(shown.body.data.choices).toContainEqual({ key: 'space_travel', deleted: true });
  const restored = await mutate('restoreChoice', { type: 'INDUSTRY', id, label: 'Space again' }, 'choice { deleted label }');
  expect(restored.data.restoreChoice.choice).toEqual({ deleted: false, label: 'Space again' });
});

test('columns that a type has of its own are set, cleared, and refused for another type', async () => {
  const own = '... on LeadStatus { color icon isQualified isClosed }';
  const input = { type: 'LEAD_STATUS', label: 'Parked', color: '#123456', isClosed: true };
  const created = (await mutate('createChoice', input, `choice { id ${own} }`)).data.createChoice.choice;
  expect(created).toMatchObject({ color: '#123456', icon: null, isQualified: false, isClosed: true });
  const changes = { type: 'LEAD_STATUS', id: created.id, color: null, icon: 'car' };
  const updated = await mutate('updateChoice', changes, `choice { ${own} }`);
  expect(updated.data.updateChoice.choice).toEqual({ color: null, icon: 'car', isQualified: false, isClosed: true });
  const refused = await mutate('createChoice', { type: 'INDUSTRY', label: 'Cars', isClosed: true }, 'choice { id }');
  expect(refused.errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', path: 'isClosed' });
});

test('the list is put in another order, from the version that was read', async () => {
  const { version, choices } = await list();
  const ids = choices.map(({ id }) => id).reverse();
  const reordered = await mutate(
    'reorderChoices',
    { type: 'INDUSTRY', ids, expectedVersion: version },
    'list { version choices { id position } }',
  );
  expect(reordered.data.reorderChoices.list.choices).toEqual(ids.map((id, index) => ({ id, position: index + 1 })));
  const late = await mutate('reorderChoices', { type: 'INDUSTRY', ids, expectedVersion: version }, 'list { version }');
  expect(late.errors[0].extensions).toMatchObject({
    code: 'CONFLICT',
    path: 'expectedVersion',
    current: { version: reordered.data.reorderChoices.list.version, choices: expect.any(Array) },
  });
});

test('the default of a field is what a form is offered, and what a record takes that says nothing', async () => {
  const { id } = await find('retail');
  const set = await mutate('setDefaultChoice', { field: 'LEAD_INDUSTRY', id }, 'choice { key }');
  expect(set.data.setDefaultChoice).toEqual({ choice: { key: 'retail' } });
  const options = await send('{ choiceOptions(field: LEAD_INDUSTRY) { default { key } } }');
  expect(options.body.data.choiceOptions.default).toEqual({ key: 'retail' });
  const cleared = await mutate('setDefaultChoice', { field: 'LEAD_INDUSTRY', id: null }, 'choice { key }');
  expect(cleared.data.setDefaultChoice).toEqual({ choice: null });
});

test('changes of the history are taken back, each by a change of its own', async () => {
  const retail = await find('retail');
  await mutate('setDefaultChoice', { field: 'LEAD_INDUSTRY', id: retail.id }, 'choice { key }');
  await mutate('updateChoice', { type: 'INDUSTRY', id: retail.id, label: 'Shops' }, 'choice { label }');
  const history = async () =>
    (await send('{ choiceHistory(type: INDUSTRY, first: 2) { nodes { id kind operation field } } }')).body.data.choiceHistory.nodes;
  const [renamed, chosen] = await history();
  expect([renamed, chosen]).toMatchObject([{ kind: 'CHOICE' }, { kind: 'DEFAULT', field: 'LEAD_INDUSTRY' }]);
  const reverted = await mutate('revertChoiceChange', { type: 'INDUSTRY', sequence: renamed.id }, 'choice { key label }');
  expect(reverted.data.revertChoiceChange.choice).toEqual({ key: 'retail', label: 'Retail' });
  const cleared = await mutate('revertChoiceChange', { type: 'INDUSTRY', sequence: chosen.id }, 'choice { key }');
  expect(cleared.data.revertChoiceChange).toEqual({ choice: null });
  expect(await history()).toMatchObject([{ operation: 'revertChoiceChange' }, { operation: 'revertChoiceChange' }]);
  const unknown = await mutate('revertChoiceChange', { type: 'INDUSTRY', sequence: '999999' }, 'choice { key }');
  expect(unknown.errors[0].extensions).toMatchObject({ code: 'NOT_FOUND', path: 'sequence' });
});

test('an alias is added and removed', async () => {
  const { id } = await find('tech');
  const added = await mutate('addAlias', { type: 'INDUSTRY', choiceId: id, value: 'Hi-Tech' }, 'value choice { key aliases }');
  expect(added.data.addAlias).toEqual({ value: 'Hi-Tech', choice: { key: 'tech', aliases: expect.arrayContaining(['Hi-Tech', 'tech']) } });
  const removed = await mutate('removeAlias', { type: 'INDUSTRY', value: 'Hi-Tech' }, 'value choice { key aliases }');
  expect(removed.data.removeAlias.choice.aliases).not.toContain('Hi-Tech');
});

test('changes are made all together, in one group of the history, or not at all', async () => {
  const tech = await find('tech');
  const changes = [
    { update: { id: tech.id, version: tech.version, label: 'Technology!' } },
    { create: { label: 'Biotech' } },
    { setDefault: { field: 'LEAD_INDUSTRY', id: tech.id } },
    { addAlias: { choiceId: tech.id, value: 'hightech' } },
  ];
  const applied = await mutate(
    'applyChoiceChanges',
    { type: 'INDUSTRY', changes, reason: 'new names' },
    'list { choices { key label version } }',
  );
  expect(applied.data.applyChoiceChanges.list.choices).toEqual(
    expect.arrayContaining([expect.objectContaining({ key: 'tech', label: 'Technology!' }), expect.objectContaining({ key: 'biotech' })]),
  );
  const history = await send('{ choiceHistory(type: INDUSTRY, first: 5) { nodes { group reason operation actor } } }');
  const { nodes } = history.body.data.choiceHistory;
  expect(new Set(nodes.slice(0, 4).map((node: { group: string }) => node.group)).size).toBe(1);
  expect(nodes[0]).toMatchObject({ reason: 'new names', operation: 'applyChoiceChanges', actor: 'tester' });

  const before = await list();
  const refused = await mutate(
    'applyChoiceChanges',
    { type: 'INDUSTRY', changes: [{ create: { label: 'Toys' } }, { update: { id: tech.id, isClosed: true } }] },
    'list { version }',
  );
  expect(refused.errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', path: 'changes.1.isClosed', index: 1 });
  expect(await list()).toEqual(before);
});

describe('a merge', () => {
  let retail: Awaited<ReturnType<typeof find>>;
  let tech: Awaited<ReturnType<typeof find>>;
  let lead: string;
  beforeEach(async () => {
    [retail, tech] = [await find('retail'), await find('tech')];
    lead = await insertRecord(crm, 'lead', { industry: 'retail' });
  });
  const readLead = async () => (await send(`{ lead(id: "${lead}") { industry industryRef { key } } }`)).body.data.lead;

  test('is planned, done, refused with an older plan, and undone', async () => {
    const input = { type: 'INDUSTRY', loserIds: [retail.id], survivorId: tech.id };
    const PLAN = 'plan { planHash records fields { field records } }';
    const planned = (await mutate('mergeChoices', { ...input, dryRun: true }, `${PLAN} merges { id } run { id } moved`)).data.mergeChoices;
    expect(planned).toEqual({
      plan: {
        planHash: expect.any(String),
        records: retail.usage.records + 1,
        fields: [{ field: 'LEAD_INDUSTRY', records: retail.usage.records + 1 }],
      },
      merges: [],
      run: null,
      moved: 0,
    });
    await insertRecord(crm, 'lead', { industry: 'retail' });
    const old = await mutate('mergeChoices', { ...input, planHash: planned.plan.planHash }, 'moved');
    expect(old.errors[0].extensions).toMatchObject({
      code: 'CONFLICT',
      plan: { records: retail.usage.records + 2, planHash: expect.any(String) },
    });

    const { planHash } = old.errors[0].extensions.plan;
    const done = (
      await mutate(
        'mergeChoices',
        { ...input, planHash, reason: 'one is enough' },
        'survivor { key } merges { id loserId } moved run { step status }',
      )
    ).data.mergeChoices;
    expect(done).toEqual({
      survivor: { key: 'tech' },
      merges: [{ id: expect.any(String), loserId: retail.id }],
      moved: retail.usage.records + 2,
      run: { step: 'MERGE', status: expect.any(String) },
    });
    expect(await readLead()).toEqual({ industry: 'retail', industryRef: { key: 'tech' } });
    expect(await find('retail')).toBeUndefined();

    const ofAnother = await mutate('undoChoiceMerge', { type: 'TASK_STATUS', mergeId: done.merges[0].id }, 'moved');
    expect(ofAnother.errors[0]).toMatchObject({
      message: expect.stringContaining('no merge of TaskStatus has the id'),
      extensions: { code: 'NOT_FOUND', path: 'mergeId' },
    });
    const undone = (
      await mutate(
        'undoChoiceMerge',
        { type: 'INDUSTRY', mergeId: done.merges[0].id },
        'choice { key active } moved editedCount edited { id }',
      )
    ).data.undoChoiceMerge;
    expect(undone).toEqual({ choice: { key: 'retail', active: true }, moved: retail.usage.records + 2, editedCount: 0, edited: [] });
    expect(await readLead()).toEqual({ industry: 'retail', industryRef: { key: 'retail' } });
  });

  test('is undone by the choice that was merged away, and lists what was edited since', async () => {
    await mutate('mergeChoices', { type: 'INDUSTRY', loserIds: [retail.id], survivorId: tech.id }, 'moved');
    await send(`mutation { updateLead(id: "${lead}", input: { industry: "finance" }) { lead { id } } }`);
    const undone = await mutate('undoChoiceMerge', { type: 'INDUSTRY', loserId: retail.id }, 'editedCount edited { field id }');
    expect(undone.data.undoChoiceMerge).toEqual({ editedCount: 1, edited: [{ field: 'LEAD_INDUSTRY', id: lead }] });
    const again = await mutate('undoChoiceMerge', { type: 'INDUSTRY', loserId: retail.id }, 'moved');
    expect(again.errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', path: 'loserId', key: 'retail' });
    for (const both of [{}, { mergeId: retail.id, loserId: retail.id }])
      expect((await mutate('undoChoiceMerge', { type: 'INDUSTRY', ...both }, 'moved')).errors[0].extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
  });
});

test('mutations of one operation are made in order, and what follows sees what came before', async () => {
  const { body } = await send(`mutation {
    one: createChoice(input: { type: INDUSTRY, label: "Wood" }) { choice { key position } }
    two: createChoice(input: { type: INDUSTRY, label: "Wood!" }) { choice { key position } }
    three: createChoice(input: { type: INDUSTRY, label: "wood" }) { choice { key } }
  }`);
  expect(body.data).toBeNull();
  expect(body.errors[0]).toMatchObject({ path: ['three'], extensions: { code: 'BAD_USER_INPUT', path: 'label', choice: { key: 'wood' } } });
  expect(await find('wood_2')).toBeDefined();
});
