import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KyselyPlugin } from 'kysely';
import { type ChoiceInput, type ChoiceWrite, decideChoiceWrite } from '../../src/choice/write-choice.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const STORED = { legacy: 'tech', refId: null };

let crm: TestCrm;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'expanded', fields: [FIELD], tenants: ['acme'] });
});
afterEach(() => crm.close());

/** Carries out `meanwhile` after so many statements of whoever uses it, and counts them. */
function after(statements: number, meanwhile: () => Promise<void>): KyselyPlugin & { count: number } {
  return {
    count: 0,
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      this.count += 1;
      if (this.count === statements) await meanwhile();
      return result;
    },
  };
}

/** What is decided when the tenant gets its choices after so many statements; undefined where there are fewer. */
function decide(statements: number, input: Partial<ChoiceInput>, isStored: boolean): Promise<ChoiceWrite | undefined> {
  return crm.owner.sql.transaction().execute(async (transaction) => {
    const plugin = after(statements, crm.populate);
    const decided = await decideChoiceWrite(
      { transaction: transaction.withPlugin(plugin), tenantId: crm.tenant('acme').id, field: FIELD, refAlone: false },
      isStored ? STORED : undefined,
      { legacy: undefined, ref: undefined, ...input },
    );
    return plugin.count < statements ? undefined : decided;
  });
}

async function financeId(): Promise<string> {
  const { rows } = await crm.owner.pool.query<{ id: string }>(`SELECT id FROM industry WHERE key = 'finance'`);
  return rows[0]!.id;
}

describe('a tenant gets its choices while a write is decided', () => {
  const INPUTS: Record<string, Partial<ChoiceInput>> = {
    'a string': { legacy: 'finance' },
    'a ref': { ref: { key: 'finance' } },
    both: { legacy: 'finance', ref: { key: 'finance' } },
  };

  const cases = (inputs: Record<string, Partial<ChoiceInput>>) =>
    Object.entries(inputs).flatMap(([name, input]) =>
      [true, false].flatMap((isStored) =>
        [1, 2, 3, 4].map((statements) => ({ name: `${name} for a ${isStored ? 'stored' : 'new'} row`, statements, input, isStored })),
      ),
    );

  test.each(cases(INPUTS))('$name, after statement $statements: it is written all the same', async ({ statements, input, isStored }) => {
    const decided = await decide(statements, input, isStored);
    if (decided?.refId !== undefined) expect(decided.refId).toBe(await financeId());
    if (decided) expect(decided.legacy).toBe(decided.refId === undefined ? 'finance' : input.legacy);
  });

  test.each(cases({ 'a string': { legacy: 'nowhere' }, 'a ref': { ref: { key: 'nowhere' } } }).filter(({ isStored }) => !isStored))(
    '$name that no choice has, after statement $statements: the error names what is allowed',
    async ({ statements, input, isStored }) => {
      const allowed = FIELD.hardcoded.map(([key]) => key);
      await expect(decide(statements, input, isStored)).rejects.toMatchObject({ code: 'CHOICE_UNKNOWN', data: { allowed } });
    },
  );
});
