import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type pg from 'pg';
import { describeChange } from '../../../src/choice/audit/describe-change.ts';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { readChanges, readSequence, verifyAll } from './chains.ts';

let crm: TestCrm;
let owner: pg.Client;
let app: pg.Client;
let acme: string;
let globex: string;
let begin: number;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  [acme, globex] = [crm.tenant('acme').id, crm.tenant('globex').id];
  owner = await connect(crm.database.ownerUrl);
  const { name } = await ensureAppRole(crm.owner, undefined);
  app = await connect(crm.database.ownerUrl, `SET ROLE ${name}`, `SET choices.tenant_id = '${acme}'`);
});
beforeEach(async () => {
  begin = await readSequence(owner, acme);
});
afterAll(async () => {
  expect(await verifyAll(crm)).toMatchObject({ ok: true, findings: [] });
  await Promise.all([owner.end(), app.end()]);
  await crm.close();
});

const changes = () => readChanges(owner, acme, begin);
const addChoice = (by: pg.Client, key: string) =>
  by.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, $2::text, initcap($2::text), 50)`, [acme, key]);

describe('a change of a choice', () => {
  test('by raw SQL of the owner is recorded: who, by what, and every member before and after', async () => {
    await owner.query(`SET application_name = 'psql'`);
    await addChoice(owner, 'space');
    await owner.query(`UPDATE industry SET label = 'Space travel', version = version + 1 WHERE tenant_id = $1 AND key = 'space'`, [acme]);
    const [choice, alias, update, ...others] = await changes();
    expect(others).toEqual([]);
    const by = { actor: 'choices_owner', role: 'choices_owner', application: 'psql', operation: null, request_id: null, reason: null };
    expect(choice).toMatchObject({ ...by, kind: 'choice', type: 'industry', action: 'insert', before: null });
    expect(choice!.after).toEqual({
      id: choice!.object,
      key: 'space',
      label: 'Space',
      position: 50,
      active: true,
      system: false,
      merged_into_id: null,
      deleted_at: null,
      created_at: expect.stringMatching(/^\d{4}-.*\+00:00$/),
    });
    expect(alias).toMatchObject({
      ...by,
      kind: 'alias',
      type: 'industry',
      object: 'space',
      action: 'insert',
      after: { choice_id: choice!.object },
    });
    expect(update).toMatchObject({ ...by, kind: 'choice', object: choice!.object, action: 'update', before: choice!.after });
    expect(update!.after).toEqual({ ...choice!.after, label: 'Space travel' });
    // One transaction, one group.
    expect(alias!.group_id).toBe(choice!.group_id);
    expect(update!.group_id).not.toBe(choice!.group_id);
  });

  test('by the API’s role is recorded under that role, in its tenant’s chain', async () => {
    await addChoice(app, 'water');
    expect(await changes()).toMatchObject([
      { role: `${crm.database.name}_app`, kind: 'choice' },
      { role: `${crm.database.name}_app`, kind: 'alias' },
    ]);
  });

  test('is recorded as the transaction describes it, and the next one is not', async () => {
    const group = '00000000-0000-4000-8000-000000000001';
    const described = { actor: 'ada', operation: 'updateChoice', request: 'r1', reason: 'half \ud800 a pair', group, records: 7 };
    await crm.owner.sql.connection().execute(async (connection) => {
      await connection.transaction().execute(async (transaction) => {
        await describeChange(transaction, described);
        await sql`UPDATE industry SET position = 51 WHERE tenant_id = ${acme} AND key = 'space'`.execute(transaction);
        await describeChange(transaction, { actor: 'bob', operation: 'another' });
        await sql`UPDATE industry SET position = 52 WHERE tenant_id = ${acme} AND key = 'space'`.execute(transaction);
      });
      await sql`UPDATE industry SET position = 53 WHERE tenant_id = ${acme} AND key = 'space'`.execute(connection);
    });
    const [first, second, third] = await changes();
    expect(first).toMatchObject({
      actor: 'ada',
      operation: 'updateChoice',
      request_id: 'r1',
      reason: 'half \ufffd a pair',
      group_id: group,
      records: '7',
    });
    expect(second).toMatchObject({ actor: 'bob', operation: 'another', request_id: null, reason: null, records: null });
    expect(third).toMatchObject({ actor: 'choices_owner', operation: null });
    expect(third!.group_id).not.toBe(second!.group_id);
  });

  test('that changes nothing but the version, or nothing at all, leaves no entry', async () => {
    await owner.query(`UPDATE industry SET label = label, version = version + 1, updated_at = now() WHERE tenant_id = $1`, [acme]);
    await owner.query(`UPDATE industry SET label = 'x' WHERE false`);
    await owner.query(`DELETE FROM industry_alias WHERE false`);
    expect(await changes()).toEqual([]);
  });

  test('that is rolled back leaves none either', async () => {
    await owner.query('BEGIN');
    await addChoice(owner, 'fire');
    await owner.query('ROLLBACK');
    expect(await changes()).toEqual([]);
    expect(await readSequence(owner, acme)).toBe(begin);
  });

  test('is told in UTC whatever the session’s time zone is', async () => {
    await owner.query(`SET TimeZone = 'Asia/Tokyo'`);
    await owner.query(`UPDATE industry SET deleted_at = '2026-01-01T00:00:00Z' WHERE tenant_id = $1 AND key = 'water'`, [acme]);
    await owner.query('RESET TimeZone');
    expect(await changes()).toMatchObject([{ before: { deleted_at: null }, after: { deleted_at: '2026-01-01T00:00:00+00:00' } }]);
  });

  test('of many rows in one statement follows one order, merges after what made them', async () => {
    await owner.query(
      `INSERT INTO lead_status (tenant_id, key, label, position) SELECT $1, k, upper(k), 60 FROM unnest('{ma,mb,mc}'::text[]) AS k`,
      [acme],
    );
    const merge = (from: string, into: string, rest = '') =>
      owner.query(
        `UPDATE lead_status SET merged_into_id = (SELECT id FROM lead_status WHERE tenant_id = $1 AND key = $3)${rest} WHERE tenant_id = $1 AND key = $2`,
        [acme, from, into],
      );
    await merge('ma', 'mb');
    begin = await readSequence(owner, acme);
    // ma is renamed by the statement, and follows mb to mc after it.
    await owner.query(
      `UPDATE lead_status AS choice SET label = label || '!', merged_into_id = CASE key WHEN 'mb' THEN (SELECT id FROM lead_status WHERE tenant_id = $1 AND key = 'mc') ELSE merged_into_id END
       WHERE tenant_id = $1 AND key IN ('ma', 'mb')`,
      [acme],
    );
    const ids = Object.fromEntries(
      (
        await owner.query<{ key: string; id: string }>(`SELECT key, id FROM lead_status WHERE tenant_id = $1 AND key LIKE 'm_'`, [acme])
      ).rows.map(({ key, id }) => [key, id]),
    );
    expect((await changes()).map(({ before, after }) => [after!.key, after!.label, before!.merged_into_id, after!.merged_into_id])).toEqual(
      [
        ['ma', 'MA!', ids.mb, ids.mb],
        ['mb', 'MB!', null, ids.mc],
        ['ma', 'MA!', ids.mb, ids.mc],
      ],
    );
  });

  test('of several tenants adds to each one’s chain', async () => {
    const theirs = await readSequence(owner, globex);
    await owner.query(`UPDATE task_type SET position = position + 1`);
    const [own, other] = [await changes(), await readChanges(owner, globex, theirs)];
    expect(own.length).toBeGreaterThan(1);
    expect(other).toHaveLength(own.length);
    expect(new Set([...own, ...other].map((change) => change.group_id)).size).toBe(1);
  });
});

test('an alias that moves, is renamed or goes is recorded', async () => {
  await owner.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'Space ', id FROM industry WHERE tenant_id = $1 AND key = 'space'`,
    [acme],
  );
  await owner.query(
    `UPDATE industry_alias SET choice_id = (SELECT id FROM industry WHERE tenant_id = $1 AND key = 'water') WHERE tenant_id = $1 AND legacy_value = 'Space '`,
    [acme],
  );
  await owner.query(`UPDATE industry_alias SET legacy_value = ' Space' WHERE tenant_id = $1 AND legacy_value = 'Space '`, [acme]);
  await owner.query(`DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = ' Space'`, [acme]);
  expect((await changes()).map(({ kind, object, action }) => [kind, object, action])).toEqual([
    ['alias', 'Space ', 'insert'],
    ['alias', 'Space ', 'update'],
    ['alias', ' Space', 'insert'],
    ['alias', 'Space ', 'delete'],
    ['alias', ' Space', 'delete'],
  ]);
});

test('a key that is an alias already is refused with its name, also among many', async () => {
  await owner.query(
    `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT tenant_id, 'taken', id FROM industry WHERE tenant_id = $1 AND key = 'space'`,
    [acme],
  );
  await expect(
    owner.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ($1, 'free', 'Free', 1), ($1, 'taken', 'Taken', 2)`, [acme]),
  ).rejects.toMatchObject({ code: '23505', message: 'the key "taken" is already an alias of another choice' });
});

test('a phase and an acceptance are recorded, a backfill’s progress is not', async () => {
  const part = `WHERE tenant_id = '${acme}' AND field = 'Lead.industry'`;
  await owner.query(`UPDATE choice_tenant_state SET done = done + 1, total = 9, cursor = uuid_v7() ${part}`);
  await owner.query(`UPDATE choice_tenant_state SET phase = 'migrated', wanted = true ${part}`);
  await owner.query(
    `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) VALUES ($1, 'Lead.industry', 'x', 'old', 'ada')`,
    [acme],
  );
  expect(await changes()).toMatchObject([
    {
      kind: 'phase',
      type: 'Lead.industry',
      object: 'Lead.industry',
      action: 'update',
      before: { phase: 'populated' },
      after: { phase: 'migrated' },
    },
    { kind: 'acceptance', type: 'Lead.industry', object: 'x', action: 'insert', after: { reason: 'old', accepted_by: 'ada' } },
  ]);
});

test('the phase of a field as a whole is in the platform’s chain, and where its strings are', async () => {
  const from = await readSequence(owner, null);
  await owner.query(`UPDATE choice_field_state SET expanded_at = now(), populates_new_tenants = NOT populates_new_tenants`);
  await owner.query(`UPDATE choice_field_state SET storage = 'archive' WHERE field = 'Task.status'`);
  await owner.query(`UPDATE choice_field_state SET storage = 'column' WHERE field = 'Task.status'`);
  expect(await readChanges(owner, null, from)).toMatchObject([
    {
      kind: 'phase',
      type: 'Task.status',
      before: { phase: 'expanded', storage: 'column' },
      after: { phase: 'expanded', storage: 'archive' },
    },
    { kind: 'phase', type: 'Task.status', after: { phase: 'expanded', storage: 'column' } },
  ]);
});

test('TRUNCATE is recorded row by row', async () => {
  await owner.query('BEGIN');
  const count = (await owner.query(`SELECT FROM task_status WHERE tenant_id = $1`, [acme])).rowCount;
  await owner.query('TRUNCATE task_status, task_status_alias CASCADE');
  const entries = await changes();
  await owner.query('ROLLBACK');
  expect(entries.filter(({ kind, action }) => kind === 'choice' && action === 'delete')).toHaveLength(count!);
  expect(entries.filter(({ kind, action }) => kind === 'alias' && action === 'delete')).toHaveLength(count!);
});

test('TRUNCATE is refused to a transaction that may not see all rows that go', async () => {
  await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await expect(owner.query('TRUNCATE task_status, task_status_alias CASCADE')).rejects.toMatchObject({ code: '0A000' });
  await owner.query('ROLLBACK');
});

test('the choices of a type that is made later are recorded from the first one on', async () => {
  await owner.query(`CALL create_choice_type('region', 20)`);
  await owner.query(`INSERT INTO region (tenant_id, key, label, position) VALUES ($1, 'emea', 'EMEA', 1)`, [acme]);
  expect(await changes()).toMatchObject([
    { kind: 'choice', type: 'region', after: { key: 'emea' } },
    { kind: 'alias', type: 'region', object: 'emea' },
  ]);
  await owner.query('DROP TABLE region_alias, region');
});
