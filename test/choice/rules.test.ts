import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readRevision, readRules } from '../../src/choice/rules.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { readThrough } from '../../src/database/read.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

let crm: TestCrm;

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
});
afterAll(() => crm.close());

const read = () => readRules(readThrough(crm.owner.sql));
const revision = () => readRevision(readThrough(crm.owner.sql));
const run = (statement: string, ...values: unknown[]) => crm.owner.pool.query(statement, values);

describe.each(choiceRegistry.fields.map((field) => [field.coordinate, field] as const))('the rules of %s', (coordinate, field) => {
  const others = choiceRegistry.fields.filter((other) => other !== field);
  beforeEach(async () => {
    await run(`UPDATE choice_field_state SET phase = 'expanded', storage = 'column'`);
    await run(`UPDATE choice_tenant_state SET phase = 'populated'`);
  });

  test('are those of the column, and of aliases, until they are told otherwise', async () => {
    const rules = await read();
    expect(rules.storage(field)).toBe('column');
    expect(rules.readsRefAlone(field, crm.tenant('acme').id)).toBe(false);
  });

  test('let one tenant read the ref alone, and no other tenant or field', async () => {
    await run(`UPDATE choice_tenant_state SET phase = 'preferred' WHERE field = $1 AND tenant_id = $2`, coordinate, crm.tenant('acme').id);
    const rules = await read();
    expect(rules.readsRefAlone(field, crm.tenant('acme').id)).toBe(true);
    expect(rules.readsRefAlone(field, crm.tenant('globex').id)).toBe(false);
    expect(others.some((other) => rules.readsRefAlone(other, crm.tenant('acme').id))).toBe(false);
    expect(rules.storage(field)).toBe('column');
  });

  test('name the archive once it is announced, where the ref alone answers for every tenant', async () => {
    await run(`UPDATE choice_field_state SET storage = 'archive' WHERE field = $1`, coordinate);
    const rules = await read();
    expect(rules.storage(field)).toBe('archive');
    expect(others.map((other) => rules.storage(other))).toEqual(others.map(() => 'column'));
    for (const tenant of ['acme', 'globex']) expect(rules.readsRefAlone(field, crm.tenant(tenant).id)).toBe(true);
  });

  test('read the ref alone on the way back too, until the phase says otherwise', async () => {
    await run(`UPDATE choice_field_state SET phase = 'contracted', storage = 'column' WHERE field = $1`, coordinate);
    const rules = await read();
    expect(rules.storage(field)).toBe('column');
    expect(rules.readsRefAlone(field, crm.tenant('globex').id)).toBe(true);
  });
});

test('a statement counts once, however many parts it changes, and one that changes none does not', async () => {
  await run(`UPDATE choice_field_state SET phase = 'expanded', storage = 'column'`);
  await run(`UPDATE choice_tenant_state SET phase = 'populated'`);
  const steps: [string, number][] = [
    [`UPDATE choice_tenant_state SET phase = 'preferred'`, 1],
    [`UPDATE choice_tenant_state SET phase = 'preferred'`, 0],
    [`UPDATE choice_field_state SET storage = 'archive'`, 1],
    [`UPDATE choice_field_state SET storage = 'column' WHERE field = 'Nobody.knows'`, 0],
    [`UPDATE choice_field_state SET storage = 'column'`, 1],
    [`DELETE FROM choice_tenant_state WHERE field = 'Nobody.knows'`, 0],
    [`DELETE FROM choice_tenant_state`, 1],
    [`INSERT INTO choice_tenant_state (tenant_id, field, phase) SELECT tenant.id, field, 'preferred' FROM tenant, choice_field_state`, 1],
    [
      `INSERT INTO choice_tenant_state (tenant_id, field, phase) SELECT tenant_id, field, 'preferred' FROM choice_tenant_state WHERE false`,
      0,
    ],
    [`UPDATE choice_tenant_state SET phase = 'populated'`, 1],
  ];
  const counted = [];
  for (const [statement] of steps) {
    const before = await revision();
    await run(statement);
    counted.push([statement, (await revision()) - before]);
  }
  expect(counted).toEqual(steps);
});

test('every change that a server has to follow counts as a revision, and progress does not', async () => {
  const steps: [string, boolean][] = [
    [`UPDATE choice_field_state SET storage = 'archive' WHERE field = 'Lead.industry'`, true],
    [`UPDATE choice_field_state SET storage = 'archive' WHERE field = 'Lead.industry'`, false],
    [`UPDATE choice_field_state SET phase = 'contracted' WHERE field = 'Lead.industry'`, true],
    [`UPDATE choice_field_state SET phase = 'expanded', storage = 'column' WHERE field = 'Lead.industry'`, true],
    [`UPDATE choice_tenant_state SET phase = 'preferred' WHERE field = 'Lead.industry'`, true],
    [`UPDATE choice_tenant_state SET done = 5, wanted = true WHERE field = 'Lead.industry'`, false],
    [`UPDATE choice_tenant_state SET phase = 'migrated' WHERE field = 'Lead.industry'`, true],
    [`UPDATE choice_tenant_state SET phase = 'populated' WHERE field = 'Lead.industry'`, false],
    [`DELETE FROM choice_tenant_state WHERE field = 'Lead.industry'`, false],
    [`DELETE FROM choice_field_state WHERE field = 'Lead.industry'`, true],
  ];
  const counted = [];
  for (const [statement] of steps) {
    const before = await revision();
    await run(statement);
    counted.push([statement, (await revision()) > before]);
  }
  expect(counted).toEqual(steps);
});

test('a field that the database does not know is read from its column', async () => {
  const field = choiceRegistry.field('Lead.industry')!;
  const rules = await read();
  expect([rules.storage(field), rules.readsRefAlone(field, crm.tenant('acme').id), rules.revision]).toEqual([
    'column',
    false,
    await revision(),
  ]);
});
