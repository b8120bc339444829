import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countChoiceUses, describeUses } from '../../../src/choice/manage/count-uses.ts';
import { readRules } from '../../../src/choice/rules.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { readThrough, type Read } from '../../../src/database/read.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { choiceId, insertRecord } from '../../crm/records.ts';
import { INDUSTRY } from './choice-editor.ts';

const LEAD = choiceRegistry.field('Lead.industry')!;

let crm: TestCrm;
afterAll(() => crm.close());

const count = async (ids?: readonly string[]) => {
  const statements: unknown[] = [];
  const read: Read = (statement) => {
    statements.push(statement);
    return readThrough(crm.owner.sql)(statement);
  };
  const scope = {
    registry: choiceRegistry,
    type: INDUSTRY,
    tenantId: crm.tenant('acme').id,
    rules: await readRules(readThrough(crm.owner.sql)),
  };
  const usesOf = await countChoiceUses(read, scope, ids);
  return { usesOf, statements: statements.length };
};
const expectUses = async (uses: Record<string, readonly [leads: number, accounts: number]>) => {
  const ids = await Promise.all(Object.keys(uses).map((key) => choiceId(crm, LEAD, key)));
  for (const asked of [undefined, ids]) {
    const { usesOf, statements } = await count(asked);
    expect(statements).toBe(2);
    const found = ids.map((id) => usesOf(id.toUpperCase()).map(({ records }) => records));
    expect(Object.fromEntries(Object.keys(uses).map((key, index) => [key, found[index]]))).toEqual(uses);
  }
};

describe('uses are what records answer', () => {
  beforeAll(async () => {
    crm = await createTestCrm({ phase: 'expanded' });
    for (const industry of ['tech', 'tech', 'IT', 'finance', 'Mystery', '']) await insertRecord(crm, 'lead', { industry });
    for (const industry of ['tech', 'bank', null]) await insertRecord(crm, 'account', { industry });
    await insertRecord(crm, 'lead', { industry: 'tech' }, 'globex');
    await crm.populate();
    await crm.owner.pool.query(
      `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'IT', id FROM industry WHERE key = 'tech'
       UNION ALL SELECT tenant_id, 'bank', id FROM industry WHERE key = 'finance'`,
    );
  });

  test('by their strings before they are migrated', () => expectUses({ tech: [3, 1], finance: [1, 1], retail: [0, 0] }));

  test('by their refs then, and by new strings', async () => {
    await crm.migrate();
    await insertRecord(crm, 'lead', { industry: 'tech' });
    await expectUses({ tech: [4, 1], finance: [1, 1], retail: [0, 0] });
  });

  test('a merged choice’s are its survivor’s', async () => {
    const [finance, tech] = [await choiceId(crm, LEAD, 'finance'), await choiceId(crm, LEAD, 'tech')];
    await crm.owner.pool.query('UPDATE industry SET merged_into_id = $1 WHERE id = $2', [tech, finance]);
    await expectUses({ tech: [5, 2], finance: [0, 0] });
    await crm.owner.pool.query('UPDATE industry SET merged_into_id = NULL WHERE id = $1', [finance]);
  });

  test.each(['preferred', 'contracted'] as const)('by the refs alone at %s', async (phase) => {
    await (phase === 'preferred' ? crm.prefer() : crm.contract());
    await expectUses({ tech: [4, 1], finance: [1, 1] });
    const { usesOf } = await count();
    expect(describeUses(usesOf(await choiceId(crm, LEAD, 'retail')))).toEqual([]);
  });
});
