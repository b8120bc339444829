import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createTenant, insertTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { readWrites } from './writes.ts';

let crm: TestCrm;
let client: pg.Client;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'expanded' });
  client = await connect(crm.database.ownerUrl);
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

const fieldsOf = (...coordinates: string[]) => coordinates.map((coordinate) => choiceRegistry.field(coordinate)!);
const populate = (options: Partial<typeof crm.run> = {}, scope: Partial<typeof crm.scope> = {}) =>
  populateChoices(crm.owner.sql, { ...crm.scope, ...scope }, { ...crm.run, ...options });

async function readChoices(tenant: string, table = 'industry'): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query(`SELECT * FROM ${table} WHERE tenant_id = $1 ORDER BY position, key`, [crm.tenant(tenant).id]);
  return rows;
}

test('a tenant gets every hardcoded choice with its label, place, own columns and own alias', async () => {
  await populate();
  for (const type of choiceRegistry.types) {
    const listed = choiceRegistry.hardcodedOf(type);
    const choices = await readChoices('acme', type.table);
    expect(choices.map(({ key, label, position }) => [key, label, position])).toEqual(
      listed.map(([key, label], index) => [key, label, index + 1]),
    );
    const { rows } = await client.query(
      `SELECT legacy_value FROM ${type.aliasTable} AS alias JOIN ${type.table} AS choice ON choice.id = alias.choice_id AND choice.key = legacy_value WHERE alias.tenant_id = $1`,
      [crm.tenant('acme').id],
    );
    expect(rows).toHaveLength(listed.length);
  }
  expect((await readChoices('acme', 'lead_status')).map(({ key, is_qualified, is_closed }) => [key, is_qualified, is_closed])).toEqual([
    ['new', false, false],
    ['contacted', false, false],
    ['qualified', true, false],
    ['unqualified', false, true],
    ['converted', true, true],
  ]);
});

test('a second run adds nothing and writes nothing', async () => {
  const first = await populate();
  expect(first.fields.reduce((sum, field) => sum + field.choicesAdded, 0)).toBe(
    2 * choiceRegistry.types.reduce((sum, type) => sum + choiceRegistry.hardcodedOf(type).length, 0),
  );
  const before = await readWrites(client);
  const second = await populate();
  expect(second.fields.every((field) => field.choicesAdded === 0 && field.notes.length === 0)).toBe(true);
  expect(await readWrites(client)).toEqual(before);
});

test('what a tenant renamed, moved, deactivated, merged, deleted or added stays', async () => {
  await populate();
  await client.query(`
    UPDATE industry SET label = 'Informatics', position = 77 WHERE key = 'tech';
    UPDATE industry SET active = false WHERE key = 'energy';
    UPDATE industry SET deleted_at = now() WHERE key = 'retail';
    UPDATE industry AS choice SET merged_into_id = root.id FROM industry AS root WHERE root.tenant_id = choice.tenant_id AND root.key = 'other' AND choice.key = 'finance'`);
  await client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'space', 'Space', 1)`, [crm.tenant('acme').id]);
  const before = [await readChoices('acme'), await readChoices('globex')];
  await populate();
  expect([await readChoices('acme'), await readChoices('globex')]).toEqual(before);
});

describe('a label that the tenant uses otherwise', () => {
  const add = (key: string, label: string) =>
    client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, $2, $3, 1)`, [crm.tenant('acme').id, key, label]);

  test('gets the key behind it, and the operator a note', async () => {
    await add('it', '  TECHNOLOGY ');
    const { fields } = await populate({}, { fields: fieldsOf('Lead.industry') });
    expect((await readChoices('acme')).find(({ key }) => key === 'tech')).toMatchObject({ label: 'Technology (tech)' });
    expect(fields).toMatchObject([
      { tenant: 'acme', choicesAdded: 8, notes: ['the label "Technology" is taken: "tech" is labelled "Technology (tech)"'] },
      { tenant: 'globex', choicesAdded: 8, notes: [] },
    ]);
  });

  test('gets a number too if that is taken as well', async () => {
    await add('it', 'Technology');
    await add('hardware', 'technology (TECH)');
    await add('software', 'Technology (tech 2)');
    await populate({}, { fields: fieldsOf('Lead.industry') });
    expect((await readChoices('acme')).find(({ key }) => key === 'tech')).toMatchObject({ label: 'Technology (tech 3)' });
  });

  test('is free again once its choice was deleted', async () => {
    await add('it', 'Technology');
    await add('kept', 'Kept');
    await client.query(`UPDATE industry SET deleted_at = now() WHERE key = 'it'`);
    await populate();
    expect((await readChoices('acme')).find(({ key }) => key === 'tech')).toMatchObject({ label: 'Technology' });
  });
});

test('a key that the tenant uses as an alias gets no choice of its own, and the operator a note', async () => {
  const { id: tenantId } = crm.tenant('acme');
  await client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'it', 'IT', 1)`, [tenantId]);
  await client.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'tech', id FROM industry WHERE tenant_id = $1`,
    [tenantId],
  );
  const { fields } = await populate({}, { fields: fieldsOf('Lead.industry') });
  expect((await readChoices('acme')).map(({ key }) => key)).not.toContain('tech');
  expect(fields[0]).toEqual({
    field: 'Lead.industry',
    tenant: 'acme',
    choicesAdded: 7,
    notes: ['"tech" is an alias of "it" and got no choice of its own'],
  });
});

test('one tenant can go first; new tenants are born with choices only after a run for all', async () => {
  await populate({}, { tenants: [crm.tenant('acme')] });
  expect(await readChoices('globex')).toEqual([]);
  const early = await createTenant(crm.owner.sql, choiceRegistry, { slug: 'early', name: 'Early' }, crm.run);
  await populate({}, { fields: fieldsOf('Lead.industry') });
  const late = await createTenant(crm.owner.sql, choiceRegistry, { slug: 'late', name: 'Late' }, crm.run);
  const { rows } = await client.query(`SELECT field, phase FROM choice_tenant_state WHERE tenant_id = $1`, [late.tenant.id]);
  expect(rows).toEqual([{ field: 'Lead.industry', phase: 'populated' }]);
  const count = (id: string) => client.query(`SELECT FROM industry WHERE tenant_id = $1`, [id]).then((result) => result.rowCount);
  expect([await count(early.tenant.id), await count(late.tenant.id)]).toEqual([8, 8]);
});

test('a tenant that is being created while a run begins gets its choices by the run', async () => {
  const created = await crm.owner.sql.transaction().execute(async (transaction) => {
    const result = await insertTenant(transaction, choiceRegistry, { slug: 'newborn', name: 'Newborn' }, 'test');
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    expect(rows).toHaveLength(1);
    const populating = populate();
    await waitUntilBlocked(client, rows[0]!.pid);
    return { ...result, populating };
  });
  const { fields } = await created.populating;
  expect(fields.filter((field) => field.tenant === 'newborn').map((field) => field.choicesAdded)).toContain(8);
  expect(fields.filter((field) => field.tenant === 'newborn')).toHaveLength(choiceRegistry.fields.length);
});

test('a tenant that is created while a run sets out is born with its choices', async () => {
  const running = await connect(crm.database.ownerUrl);
  await running.query('BEGIN; UPDATE choice_field_state SET populates_new_tenants = true');
  const creating = createTenant(crm.owner.sql, choiceRegistry, { slug: 'newborn', name: 'Newborn' }, crm.run);
  await waitUntilBlocked(client, running);
  await running.query('COMMIT');
  const { tenant } = await creating;
  await running.end();
  const { rows } = await client.query('SELECT FROM choice_tenant_state WHERE tenant_id = $1', [tenant.id]);
  expect(rows).toHaveLength(choiceRegistry.fields.length);
});

test('two runs at once add each choice once', async () => {
  const results = await Promise.all([populate(), populate()]);
  const added = results.flatMap((result) => result.fields).reduce((sum, field) => sum + field.choicesAdded, 0);
  expect(added).toBe(2 * choiceRegistry.types.reduce((sum, type) => sum + choiceRegistry.hardcodedOf(type).length, 0));
  const { rows } = await client.query(`SELECT FROM choice_phase_change WHERE to_phase = 'populated'`);
  expect(rows).toHaveLength(2 * choiceRegistry.fields.length);
});

test('a field that is not expanded blocks the run, which changes nothing', async () => {
  await client.query(`DELETE FROM choice_field_state WHERE field = 'Task.priority'`);
  await expect(populate()).rejects.toMatchObject({ blockers: [{ code: 'NOT_EXPANDED', field: 'Task.priority' }] });
  expect(await readChoices('acme')).toEqual([]);
});
