import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { insertRecord } from '../../crm/records.ts';
import { startTestApi, type TestApi } from '../../harness/test-api.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';

let crm: TestCrm;
let api: TestApi;
let admin: string;
/** Ids that the refusals are about. */
const ids: Record<string, string> = { nobody: '0190aaaa-0000-7000-8000-00000000000a', garbage: "x'; DROP TABLE industry; --" };
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'migrated' });
  api = await startTestApi(crm);
  admin = await api.token('acme', 'choice-admin', 'writer');
  await insertRecord(crm, 'lead', { industry: 'tech' });
  await insertRecord(crm, 'lead', { industry: 'tech' });
  const { rows } = await crm.owner.pool.query<{ name: string; id: string }>(
    `SELECT key AS name, id FROM industry WHERE tenant_id = $1
     UNION ALL (SELECT 'task', id FROM task_type WHERE tenant_id = $1 LIMIT 1)
     UNION ALL SELECT 'theirs', id FROM industry WHERE tenant_id = $2 AND key = 'tech'
     UNION ALL SELECT 'status', id FROM lead_status WHERE tenant_id = $1 AND key = 'new'`,
    [crm.tenant('acme').id, crm.tenant('globex').id],
  );
  for (const { name, id } of rows) ids[name] = id;
  await crm.owner.pool.query(`UPDATE industry SET system = true WHERE id = $1`, [ids.finance]);
  await crm.owner.pool.query(`UPDATE industry SET active = false WHERE id = $1`, [ids.retail]);
});
afterAll(async () => {
  await api.close();
  await crm.close();
});

const INPUTS: Readonly<Record<string, string>> = { addAlias: 'AddChoiceAliasInput', removeAlias: 'RemoveChoiceAliasInput' };
const FIRST: Readonly<Record<string, string>> = {
  reorderChoices: 'list { version }',
  applyChoiceChanges: 'list { version }',
  mergeChoices: 'moved',
  undoChoiceMerge: 'moved',
};
const refuse = async (mutation: string, input: object, token = admin) => {
  const type = INPUTS[mutation] ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${mutation}(input: $input) { ${FIRST[mutation] ?? 'choice { id }'} } }`;
  const { body } = await api.send(query, { input }, { token });
  expect(body.errors).toHaveLength(1);
  expect(body.data ?? null).toBeNull();
  return body.errors[0] as { message: string; extensions: Record<string, unknown> };
};
const state = async () =>
  (
    await crm.owner.pool.query(`SELECT md5(string_agg(line, '' ORDER BY line)) AS state FROM (
      SELECT industry::text AS line FROM industry UNION ALL SELECT industry_alias::text FROM industry_alias UNION ALL SELECT choice_default::text FROM choice_default
      UNION ALL SELECT lead_status::text FROM lead_status UNION ALL SELECT sequence::text || hash::text FROM choice_chain) AS lines`)
  ).rows[0];

let before: unknown;
let logged: number;
beforeEach(async () => {
  before = await state();
  logged = api.log.length;
});
const expectNothing = async () => {
  expect(await state()).toEqual(before);
  expect(api.log.slice(logged).filter((line) => line.includes('"level":"error"'))).toEqual([]);
};

describe('without the right to it', () => {
  test('nobody', async () => {
    const response = await fetch(`${api.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { createChoice(input: { type: INDUSTRY, label: "A" }) { choice { id } } }' }),
    });
    const body = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(body.errors[0]!.extensions.code).toBe('UNAUTHENTICATED');
    await expectNothing();
  });

  test.each([['writer'], ['reader'], ['operator']] as const)('a %s', async (role) => {
    const token = await api.token('acme', role);
    for (const [mutation, input] of [
      ['createChoice', { type: 'INDUSTRY', label: 'A' }],
      ['mergeChoices', { type: 'INDUSTRY', loserIds: [ids.retail], survivorId: ids.tech }],
      ['undoChoiceMerge', { type: 'INDUSTRY', loserId: ids.retail }],
    ] as const)
      expect((await refuse(mutation, input, token)).extensions).toMatchObject({ code: 'FORBIDDEN', role: 'choice-admin' });
    await expectNothing();
  });

  test('a platform operator, who sees no tenant’s data', async () => {
    const token = await api.token(null, 'operator');
    expect((await refuse('createChoice', { type: 'INDUSTRY', label: 'A' }, token)).extensions).toMatchObject({ code: 'FORBIDDEN' });
    await expectNothing();
  });
});

const INDUSTRY = { type: 'INDUSTRY' };
const USED = [{ field: 'Lead.industry', records: 2 }];
const long = 'x'.repeat(10_000);

/** The mutation, its input with `@name` for an id, and the extensions of its refusal. */
type Refusal = [name: string, mutation: string, input: object, extensions: object];
const REFUSALS: readonly Refusal[] = [
  [
    'a label that another choice has',
    'createChoice',
    { ...INDUSTRY, label: ' tECHNOLOGY ' },
    { code: 'BAD_USER_INPUT', path: 'label', choice: { key: 'tech' } },
  ],
  ['an empty label', 'createChoice', { ...INDUSTRY, label: ' \u200b' }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['a label of 10,000 characters', 'createChoice', { ...INDUSTRY, label: long }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['a label with NUL', 'createChoice', { ...INDUSTRY, label: 'a\0b' }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['a label that turns text around', 'createChoice', { ...INDUSTRY, label: 'a\u202eb' }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['a label with half a character', 'createChoice', { ...INDUSTRY, label: 'a\ud800' }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['no label', 'updateChoice', { ...INDUSTRY, id: '@tech', label: null }, { code: 'BAD_USER_INPUT', path: 'label' }],
  ['a key that is no key', 'createChoice', { ...INDUSTRY, label: 'A', key: "a'; --" }, { code: 'BAD_USER_INPUT', path: 'key' }],
  [
    'a key that was used',
    'createChoice',
    { ...INDUSTRY, label: 'A', key: 'tech' },
    { code: 'BAD_USER_INPUT', path: 'key', choice: { key: 'tech' } },
  ],
  ['a key of 10,000 characters', 'createChoice', { ...INDUSTRY, label: 'A', key: long }, { code: 'BAD_USER_INPUT', path: 'key' }],
  [
    'a place that the list has not',
    'createChoice',
    { ...INDUSTRY, label: 'A', position: 99 },
    { code: 'BAD_USER_INPUT', path: 'position' },
  ],
  ['nobody’s id', 'updateChoice', { ...INDUSTRY, id: '@nobody', label: 'A' }, { code: 'NOT_FOUND', path: 'id' }],
  ['what is no id', 'updateChoice', { ...INDUSTRY, id: '@garbage', label: 'A' }, { code: 'NOT_FOUND', path: 'id' }],
  ['another tenant’s id', 'deleteChoice', { ...INDUSTRY, id: '@theirs' }, { code: 'NOT_FOUND', path: 'id' }],
  ['another type’s id', 'setChoiceActive', { ...INDUSTRY, id: '@task', active: false }, { code: 'NOT_FOUND', path: 'id' }],
  [
    'another tenant’s survivor',
    'mergeChoices',
    { ...INDUSTRY, loserIds: ['@retail'], survivorId: '@theirs' },
    { code: 'NOT_FOUND', path: 'survivorId' },
  ],
  [
    'a merge into itself',
    'mergeChoices',
    { ...INDUSTRY, loserIds: ['@retail'], survivorId: '@retail' },
    { code: 'BAD_USER_INPUT', path: 'survivorId' },
  ],
  ['a merge of nothing', 'mergeChoices', { ...INDUSTRY, loserIds: [], survivorId: '@tech' }, { code: 'BAD_USER_INPUT', path: 'loserIds' }],
  ['a merge that never was', 'undoChoiceMerge', { ...INDUSTRY, mergeId: '@nobody' }, { code: 'NOT_FOUND', path: 'mergeId' }],
  [
    'another version',
    'updateChoice',
    { ...INDUSTRY, id: '@tech', version: 99, label: 'A' },
    { code: 'CONFLICT', current: { key: 'tech', label: 'Technology', version: 1 } },
  ],
  [
    'a list that has others',
    'reorderChoices',
    { ...INDUSTRY, ids: ['@tech'] },
    { code: 'CONFLICT', path: 'ids', current: { version: expect.any(String) } },
  ],
  ['an id twice', 'reorderChoices', { ...INDUSTRY, ids: ['@tech', '@tech'] }, { code: 'BAD_USER_INPUT', path: 'ids' }],
  [
    'another plan',
    'deleteChoice',
    { ...INDUSTRY, id: '@energy', planHash: 'x' },
    { code: 'CONFLICT', plan: { planHash: expect.any(String), records: 0 } },
  ],
  [
    'an inactive default',
    'setDefaultChoice',
    { field: 'LEAD_INDUSTRY', id: '@retail' },
    { code: 'CHOICE_INACTIVE', key: 'retail', field: 'Lead.industry' },
  ],
  [
    'the deletion of what records answer',
    'deleteChoice',
    { ...INDUSTRY, id: '@tech' },
    { code: 'CHOICE_IN_USE', fields: USED, alternatives: ['mergeChoices', 'setChoiceActive'] },
  ],
  [
    'the deactivation of a default without a replacement',
    'setChoiceActive',
    { type: 'LEAD_STATUS', id: '@status', active: false },
    { code: 'CHOICE_IN_USE', path: 'replacementId', defaultOf: ['Lead.status'] },
  ],
  ['the deletion of a system choice', 'deleteChoice', { ...INDUSTRY, id: '@finance' }, { code: 'CHOICE_SYSTEM', key: 'finance' }],
  ['the deactivation of one', 'setChoiceActive', { ...INDUSTRY, id: '@finance', active: false }, { code: 'CHOICE_SYSTEM', key: 'finance' }],
  [
    'the merge of one',
    'mergeChoices',
    { ...INDUSTRY, loserIds: ['@finance'], survivorId: '@tech' },
    { code: 'CHOICE_SYSTEM', key: 'finance' },
  ],
  ['an alias that is a key', 'addAlias', { ...INDUSTRY, choiceId: '@tech', value: 'finance' }, { code: 'BAD_USER_INPUT', path: 'value' }],
  ['an alias of 10,000 characters', 'addAlias', { ...INDUSTRY, choiceId: '@tech', value: long }, { code: 'BAD_USER_INPUT', path: 'value' }],
  ['an alias with NUL', 'addAlias', { ...INDUSTRY, choiceId: '@tech', value: 'a\0' }, { code: 'BAD_USER_INPUT', path: 'value' }],
  ['the removal of a key', 'removeAlias', { ...INDUSTRY, value: 'tech' }, { code: 'BAD_USER_INPUT', path: 'value' }],
  ['the removal of no alias', 'removeAlias', { ...INDUSTRY, value: 'nothing' }, { code: 'NOT_FOUND', path: 'value' }],
  [
    'the second of two changes',
    'applyChoiceChanges',
    { ...INDUSTRY, changes: [{ create: { label: 'Toys' } }, { delete: { id: '@tech' } }] },
    { code: 'CHOICE_IN_USE', index: 1, fields: USED },
  ],
  [
    'a default of another kind',
    'applyChoiceChanges',
    { ...INDUSTRY, changes: [{ setDefault: { field: 'LEAD_STATUS', id: '@status' } }] },
    { code: 'BAD_USER_INPUT', path: 'changes.0.field' },
  ],
  [
    '1,001 changes',
    'applyChoiceChanges',
    { ...INDUSTRY, changes: Array.from({ length: 1_001 }, () => ({ removeAlias: { value: 'x' } })) },
    { code: 'LIMIT_EXCEEDED', path: 'changes', limit: 1_000 },
  ],
  ['no change at all', 'applyChoiceChanges', { ...INDUSTRY, changes: [{}] }, { code: 'BAD_USER_INPUT' }],
  [
    'two changes in one',
    'applyChoiceChanges',
    { ...INDUSTRY, changes: [{ restore: { id: '@tech' }, delete: { id: '@tech' } }] },
    { code: 'BAD_USER_INPUT' },
  ],
  ['neither of two', 'undoChoiceMerge', INDUSTRY, { code: 'BAD_USER_INPUT', path: 'mergeId' }],
  ['null twice', 'undoChoiceMerge', { ...INDUSTRY, mergeId: null, loserId: null }, { code: 'BAD_USER_INPUT', path: 'mergeId' }],
  ['null for the one', 'undoChoiceMerge', { ...INDUSTRY, loserId: null }, { code: 'BAD_USER_INPUT', path: 'mergeId' }],
  ['both of two', 'undoChoiceMerge', { ...INDUSTRY, mergeId: '@nobody', loserId: '@tech' }, { code: 'BAD_USER_INPUT', path: 'mergeId' }],
  ...(
    [
      ['createChoice', { ...INDUSTRY, label: 'A' }],
      ['mergeChoices', { ...INDUSTRY, loserIds: ['@retail'], survivorId: '@tech' }],
      ['undoChoiceMerge', { ...INDUSTRY, loserId: '@retail' }],
    ] as const
  ).flatMap(([mutation, input]) =>
    (
      [
        ['NUL', 'a\0'],
        ['half a character', 'a\ud800'],
        ['10,000 characters', long],
      ] as const
    ).map(([what, reason]): Refusal => [
      `a reason with ${what}`,
      mutation,
      { ...input, reason },
      { code: 'BAD_USER_INPUT', path: 'reason' },
    ]),
  ),
  ['no reason but a number', 'createChoice', { ...INDUSTRY, label: 'A', reason: 5 }, { code: 'BAD_USER_INPUT' }],
];

test.each(REFUSALS)('%s is refused by %s, and nothing is written', async (_, mutation, input, extensions) => {
  const named = JSON.parse(JSON.stringify(input), (__, value: unknown) =>
    typeof value === 'string' && value.startsWith('@') ? ids[value.slice(1)] : value,
  ) as object;
  expect((await refuse(mutation, named)).extensions).toMatchObject(extensions);
  await expectNothing();
});

test('the 1,001st choice is refused', async () => {
  const acme = crm.tenant('acme').id;
  const count = (await crm.owner.pool.query(`SELECT FROM account_tier WHERE tenant_id = $1 AND deleted_at IS NULL`, [acme])).rowCount!;
  await crm.owner.pool.query(
    `INSERT INTO account_tier (tenant_id, key, label, position) SELECT $1, 'k' || n, 'L' || n, 100 + n FROM generate_series(1, $2::int) AS n`,
    [acme, 1_000 - count],
  );
  expect((await refuse('createChoice', { type: 'ACCOUNT_TIER', label: 'One more' })).extensions).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 1_000,
  });
});
