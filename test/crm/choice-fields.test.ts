import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { snakeCase } from '../../src/choice/choice-field.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

interface Column {
  readonly type: string;
  readonly length: number | null;
  readonly required: boolean;
  readonly default: string | null;
}

let crm: TestCrm;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
});
afterAll(() => crm.close());

async function readColumn(table: string, column: string): Promise<Column | undefined> {
  const { rows } = await crm.owner.pool.query<Column>(
    `SELECT data_type AS type, character_maximum_length AS length, is_nullable = 'NO' AS required, column_default AS default
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2`,
    [table, column],
  );
  return rows[0];
}

test('ten fields use nine types', () => {
  expect(choiceRegistry.fields.map((field) => `${field.coordinate}: ${field.type.name}`)).toEqual([
    'Lead.industry: Industry',
    'Lead.leadSource: LeadSource',
    'Lead.status: LeadStatus',
    'Lead.marketingChannel: MarketingChannel',
    'Account.industry: Industry',
    'Account.tier: AccountTier',
    'Opportunity.dealSizeCategory: DealSizeCategory',
    'Task.priority: TaskPriority',
    'Task.status: TaskStatus',
    'Task.taskType: TaskType',
  ]);
});

describe.each(choiceRegistry.fields)('$coordinate', (field) => {
  test('is declared as the database has it', async () => {
    expect(await readColumn(field.table, field.legacyColumn)).toEqual({
      type: 'character varying',
      length: field.length,
      required: field.required,
      default: field.default === null ? null : `'${field.default}'::character varying`,
    });
    expect(await readColumn(field.table, field.refColumn)).toEqual({ type: 'uuid', length: null, required: false, default: null });
  });

  test('has indexes that serve its pages without a sort, and one of what is to migrate', async () => {
    const { rows } = await crm.owner.pool.query<{ definition: string }>(
      `SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = $1::regclass AND indisvalid`,
      [field.table],
    );
    const indexed = rows.map(({ definition }) => definition.replace(/.* USING btree /, ''));
    expect(indexed).toEqual(
      expect.arrayContaining([
        `(tenant_id, ${field.refColumn}, id)`,
        `(tenant_id, ${field.legacyColumn}, id) INCLUDE (${field.refColumn})`,
      ]),
    );
    expect(indexed).toContainEqual(
      expect.stringMatching(new RegExp(`^\\(tenant_id, id\\) WHERE .*${field.refColumn} IS NULL.*${field.legacyColumn}\\)::text <> ''`)),
    );
  });
});

describe.each(choiceRegistry.types)('the type $name', (type) => {
  test('has keys that fit the shortest legacy column', async () => {
    const shortest = Math.min(...choiceRegistry.fieldsOfType(type).map((field) => field.length));
    expect(await readColumn(type.table, 'key')).toMatchObject({ type: 'character varying', length: shortest, required: true });
  });

  test('has its own columns, and no others', async () => {
    const { rows } = await crm.owner.pool.query<{ name: string; type: string }>(
      `SELECT column_name AS name, replace(data_type, 'character varying', 'text') AS type FROM information_schema.columns WHERE table_name = $1
       AND column_name NOT IN (SELECT column_name FROM information_schema.columns WHERE table_name = 'industry')`,
      [type.table],
    );
    expect(Object.fromEntries(rows.map(({ name, type: kind }) => [name, kind]))).toEqual(
      Object.fromEntries(Object.entries(type.extra).map(([name, column]) => [snakeCase(name), column.type])),
    );
  });
});
