import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { waitUntilBlocked } from '../choice/sessions.ts';
import { connect } from '../choice/writers.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

let crm: TestCrm;
let client: pg.Client;
let tenantId: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  client = await connect(crm.database.ownerUrl);
  tenantId = crm.tenant('acme').id;
});
beforeEach(() => client.query('TRUNCATE industry, industry_alias CASCADE'));
afterAll(async () => {
  await client.end();
  await crm.close();
});

async function add(key: string, label = key, tenant = tenantId): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, $2, $3, 1) RETURNING id`,
    [tenant, key, label],
  );
  return rows[0]!.id;
}
const merge = (by: pg.Client, from: string, into: string) =>
  by.query(`UPDATE industry SET merged_into_id = $2 WHERE tenant_id = $3 AND id = $1`, [from, into, tenantId]);
const readRoots = async () =>
  Object.fromEntries(
    (
      await client.query<{ key: string; root: string | null }>(
        `SELECT choice.key, root.key AS root FROM industry AS choice LEFT JOIN industry AS root ON root.id = choice.merged_into_id`,
      )
    ).rows.map(({ key, root }) => [key, root]),
  );

describe('a key', () => {
  test.each(['key = $2', 'id = uuid_v7()', 'tenant_id = $3'])('never changes, nor what else names the choice: %s', async (set) => {
    const id = await add('tech');
    const values = [id, 'other', crm.tenant('globex').id].slice(0, set.includes('$3') ? 3 : set.includes('$2') ? 2 : 1);
    await expect(
      client.query(`UPDATE industry SET ${set} WHERE id = $1${set.includes('$3') ? ' AND $2::text IS NOT NULL' : ''}`, values),
    ).rejects.toMatchObject({ code: '23514' });
  });

  test.each(['Tech', 'te-ch', '1tech', '_tech', 'té', 'tech ', '', 'tech\n'])('%j is refused', async (key) => {
    await expect(add(key, 'Label')).rejects.toMatchObject({ code: '23514' });
  });

  test('is never given again, not even after a deletion, but another tenant may have it', async () => {
    await add('tech');
    await add('kept');
    await client.query(`UPDATE industry SET deleted_at = now() WHERE key = 'tech'`);
    await expect(add('tech', 'Other')).rejects.toMatchObject({ code: '23505' });
    await add('tech', 'Tech', crm.tenant('globex').id);
  });

  test('that is an alias of another choice is refused, and says so', async () => {
    const id = await add('tech');
    await client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [tenantId, 'telecom', id]);
    await expect(add('telecom')).rejects.toMatchObject({
      code: '23505',
      message: 'the key "telecom" is already an alias of another choice',
    });
  });
});

describe('an alias', () => {
  test.each([
    ['moves', 'UPDATE industry_alias SET choice_id = (SELECT id FROM industry WHERE key = $1)'],
    ['is renamed', `UPDATE industry_alias SET legacy_value = $1 || ' renamed'`],
    ['goes', `DELETE FROM industry_alias WHERE $1 <> ''`],
  ])('that is its choice’s key never %s; others do', async (_, statement) => {
    const id = await add('tech');
    await add('other');
    await client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [tenantId, 'telecom', id]);
    const condition = statement.includes('WHERE $1') ? ' AND' : ' WHERE';
    await expect(client.query(`${statement}${condition} legacy_value = 'tech'`, ['other'])).rejects.toMatchObject({ code: '23514' });
    await client.query(`${statement}${condition} legacy_value = 'telecom'`, ['other']);
  });

  test('is one of exact bytes: case, spaces and composition make another', async () => {
    const id = await add('tech');
    for (const value of ['Tech', 'tech ', ' tech', 'te\u0301ch', 't\u00e9ch', '\u00a0'])
      await client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [tenantId, value, id]);
    await expect(
      client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [tenantId, '', id]),
    ).rejects.toMatchObject({ code: '23514' });
  });

  test('cannot lead to another tenant’s choice', async () => {
    const id = await add('tech', 'Tech', crm.tenant('globex').id);
    await expect(
      client.query('INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) VALUES ($1, $2, $3)', [tenantId, 'telecom', id]),
    ).rejects.toMatchObject({ code: '23503' });
  });
});

describe('a label', () => {
  test.each(['TECH', ' tech\u00a0', 'Te\u200bch', 'Ｔｅｃｈ', 'Tech\u{e0001}'])(
    'that looks like another one is refused: %j',
    async (label) => {
      await add('one', 'Tech');
      await expect(add('two', label)).rejects.toMatchObject({ code: '23505', constraint: 'industry_label_key' });
    },
  );

  test.each(['', ' ', '\u200b', '\u00a0\u3164', '\u0001'])('that nobody can see is refused: %j', async (label) => {
    await expect(add('one', label)).rejects.toMatchObject({ code: '23514' });
  });

  test('is free again after a deletion, and free for another tenant', async () => {
    await add('one', 'Tech');
    await add('one', 'Tech', crm.tenant('globex').id);
    await add('kept');
    await client.query(`UPDATE industry SET deleted_at = now() WHERE key = 'one' AND tenant_id = $1`, [tenantId]);
    await add('two', 'Tech');
  });
});

describe('a merge', () => {
  test('of a into b into c leaves both at c, whichever comes first', async () => {
    for (const order of ['ab bc', 'bc ab']) {
      await client.query('TRUNCATE industry, industry_alias CASCADE');
      const ids: Record<string, string> = { a: await add('a'), b: await add('b'), c: await add('c') };
      for (const [from, into] of order.split(' ')) await merge(client, ids[from!]!, ids[into!]!);
      expect(await readRoots()).toEqual({ a: 'c', b: 'c', c: null });
    }
  });

  test('into itself, directly or around, is refused', async () => {
    const [a, b, c] = [await add('a'), await add('b'), await add('c')];
    await merge(client, a, b);
    await merge(client, b, c);
    for (const [from, into] of [
      [a, a],
      [c, a],
      [c, b],
    ] as const)
      await expect(merge(client, from, into)).rejects.toMatchObject({ code: '23514' });
    expect(await readRoots()).toEqual({ a: 'c', b: 'c', c: null });
  });

  test('into another tenant’s or no one’s choice is refused', async () => {
    const a = await add('a');
    const theirs = await add('b', 'b', crm.tenant('globex').id);
    for (const into of [theirs, '00000000-0000-7000-8000-000000000000'])
      await expect(merge(client, a, into)).rejects.toMatchObject({ code: '23503' });
  });

  // Each pair of merges: [first, in an open transaction], [second, which waits for it], and a merge that was there before.
  test.each([
    ['a into b, then b into c', [], 'ab', 'bc'],
    ['b into c, then a into b', [], 'bc', 'ab'],
    ['a into b which is c already, then c into d', ['bc'], 'ab', 'cd'],
    ['c into d, then a into b which is c already', ['bc'], 'cd', 'ab'],
  ])('at once with another, %s, leaves no chain', async (_, before, first, second) => {
    const ids: Record<string, string> = {};
    for (const key of 'abcd') ids[key] = await add(key);
    const mergePair = (by: pg.Client, [from, into]: string) => merge(by, ids[from!]!, ids[into!]!);
    for (const pair of before) await mergePair(client, pair);
    const [one, two] = [await connect(crm.database.ownerUrl), await connect(crm.database.ownerUrl)];
    await one.query('BEGIN');
    await mergePair(one, first);
    const waiting = mergePair(two, second);
    await waitUntilBlocked(client, one);
    await one.query('COMMIT');
    await waiting;
    await Promise.all([one.end(), two.end()]);
    const roots = await readRoots();
    for (const root of Object.values(roots)) expect(root === null ? null : roots[root]).toBeNull();
    expect(Object.values(roots).filter((root) => root === null)).toHaveLength(before.length === 0 ? 2 : 1);
  });
});

const AUDIT = 'aaa_audit_delete aaa_audit_insert aaa_audit_truncate aaa_audit_update';

test('every choice type has the same rules', async () => {
  const { rows } = await client.query<{ table: string; triggers: string }>(
    `SELECT tgrelid::regclass::text AS table, string_agg(tgname, ' ' ORDER BY tgname) AS triggers FROM pg_trigger WHERE NOT tgisinternal AND tgname NOT LIKE 'zzz%' AND (tgrelid::regclass::text = ANY ($1)) GROUP BY 1`,
    [choiceRegistry.types.flatMap((type) => [type.table, type.aliasTable])],
  );
  expect(new Map(rows.map(({ table, triggers }) => [table, triggers]))).toEqual(
    new Map(
      choiceRegistry.types.flatMap((type) => [
        [
          type.table,
          `${AUDIT} add_own_alias flatten_merges guard_choice guard_choice_rules keep_active_choices limit_choices_insert limit_choices_update`,
        ],
        [type.aliasTable, `${AUDIT} guard_own_alias`],
      ]),
    ),
  );
});
