import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { readSequence, verifyAll } from './chains.ts';

let crm: TestCrm;
let owner: pg.Client;
let app: pg.Client;
let acme: string;
let globex: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  [acme, globex] = [crm.tenant('acme').id, crm.tenant('globex').id];
  owner = await connect(crm.database.ownerUrl);
  const { name } = await ensureAppRole(crm.owner, undefined);
  app = await connect(crm.database.ownerUrl, `SET ROLE ${name}`, `SET choices.tenant_id = '${acme}'`);
});
afterAll(async () => {
  expect(await verifyAll(crm)).toMatchObject({ ok: true, findings: [] });
  await Promise.all([owner.end(), app.end()]);
  await crm.close();
});

describe('what is recorded', () => {
  test.each([
    `UPDATE choice_change SET actor = 'nobody'`,
    `DELETE FROM choice_change`,
    `TRUNCATE choice_change`,
    `INSERT INTO choice_change (tenant_id, sequence) SELECT tenant_id, sequence FROM choice_change`,
    `INSERT INTO choice_chain (tenant_id, sequence) VALUES (uuid_v7(), 5)`,
    `INSERT INTO choice_chain (tenant_id, hash) VALUES (uuid_v7(), sha256('x'))`,
    `UPDATE choice_chain SET sequence = sequence + 1`,
    `UPDATE choice_chain SET sequence = 0`,
    `DELETE FROM choice_chain`,
    `TRUNCATE choice_chain`,
    `SELECT append_choice_changes('choice', 'industry', NULL, ARRAY['{"tenant_id": null, "id": "x"}'::jsonb])`,
  ])('is changed by no ordinary statement of the owner: %s', async (statement) => {
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('never changes') });
  });

  test('is read by the API’s role for its own tenant alone, and written by none of its statements', async () => {
    const { rows } = await app.query<{ tenant_id: string }>('SELECT DISTINCT tenant_id FROM choice_change');
    expect(rows).toEqual([{ tenant_id: acme }]);
    for (const statement of [
      'SELECT FROM choice_chain',
      'INSERT INTO choice_change (tenant_id, sequence) SELECT tenant_id, sequence FROM choice_change',
      'DELETE FROM choice_change',
    ])
      await expect(app.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('of another tenant, or of the platform, is not locked by the API’s role', async () => {
    await app.query('SELECT lock_choice_chain($1)', [acme]);
    for (const other of [globex, null])
      await expect(app.query('SELECT lock_choice_chain($1)', [other])).rejects.toMatchObject({ code: '42501' });
    await expect(app.query('SELECT take_choice_chain($1)', [acme])).rejects.toMatchObject({ code: '42501' });
  });

  test('of no tenant is there to be locked, and none is made by it', async () => {
    const count = async () => (await owner.query('SELECT FROM choice_chain')).rowCount;
    const before = await count();
    const nobody = '0190aaaa-0000-7000-8000-00000000000a';
    await app.query(`SET choices.tenant_id = '${nobody}'`);
    await expect(app.query('SELECT lock_choice_chain($1)', [nobody])).rejects.toMatchObject({ code: '22023' });
    await app.query('RESET choices.tenant_id');
    await expect(app.query('SELECT lock_choice_chain(NULL)')).rejects.toMatchObject({ code: '42501' });
    await app.query(`SET choices.tenant_id = '${acme}'`);
    expect(await count()).toBe(before);
  });

  test('does not grow by a description that no JSON is: the change is refused', async () => {
    const before = await readSequence(owner, acme);
    await owner.query(`BEGIN; SELECT set_config('choices.change', 'who', true)`);
    const add = `INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'air', 'Air', 50)`;
    await expect(owner.query(add, [acme])).rejects.toMatchObject({ code: '22P02' });
    await owner.query('ROLLBACK');
    expect(await readSequence(owner, acme)).toBe(before);
  });
});
