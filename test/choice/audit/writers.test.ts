import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { ensureAppRole } from '../../../src/database/app-role.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { waitUntilBlocked } from '../sessions.ts';
import { connect } from '../writers.ts';
import { readChanges, readSequence, verifyAll } from './chains.ts';

const TENANTS = ['acme', 'globex', 'initech'];

let crm: TestCrm;
let observer: pg.Client;
let owner: pg.Client;
let app: pg.Client;
let acme: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated', tenants: TENANTS });
  acme = crm.tenant('acme').id;
  const { name } = await ensureAppRole(crm.owner, undefined);
  const url = crm.database.ownerUrl;
  [observer, owner, app] = await Promise.all([
    connect(url),
    connect(url),
    connect(url, `SET ROLE ${name}`, `SET choices.tenant_id = '${acme}'`),
  ]);
});
afterAll(async () => {
  expect(await verifyAll(crm)).toMatchObject({ ok: true, findings: [] });
  await Promise.all([observer, owner, app].map((client) => client.end()));
  await crm.close();
});

const move = (by: pg.Client, key: string) =>
  by.query(`UPDATE industry SET position = position + 1 WHERE tenant_id = $1 AND key = $2`, [acme, key]);

describe.each(['the owner first', 'the API’s role first'])('two writers of one tenant, %s', (order) => {
  const writers = (): [pg.Client, pg.Client] => (order === 'the owner first' ? [owner, app] : [app, owner]);

  test('take turns: the second one’s entry follows the first one’s', async () => {
    const [one, two] = writers();
    const from = await readSequence(observer, acme);
    await one.query('BEGIN');
    await move(one, 'tech');
    const second = move(two, 'finance');
    await waitUntilBlocked(observer, one);
    await move(one, 'retail');
    await one.query('COMMIT');
    await second;
    const roles = (await readChanges(observer, acme, from)).map(({ role }) => role.endsWith('_app'));
    expect(roles).toEqual(order === 'the owner first' ? [false, false, true] : [true, true, false]);
  });

  test('that want the same choices in opposite orders never wait in a circle, holding the chain first', async () => {
    const [one, two] = writers();
    for (const each of [one, two]) await each.query('BEGIN');
    await one.query('SELECT lock_choice_chain($1)', [acme]);
    await move(one, 'tech');
    const second = (async () => {
      await two.query('SELECT lock_choice_chain($1)', [acme]);
      await move(two, 'finance');
      await move(two, 'tech');
      await two.query('COMMIT');
    })();
    await waitUntilBlocked(observer, one);
    await move(one, 'finance');
    await one.query('COMMIT');
    await second;
  });

  test('of which the first one gives up leave no gap', async () => {
    const [one, two] = writers();
    const from = await readSequence(observer, acme);
    await one.query('BEGIN');
    await move(one, 'tech');
    const second = move(two, 'finance');
    await waitUntilBlocked(observer, one);
    await one.query('ROLLBACK');
    await second;
    expect((await readChanges(observer, acme, from)).map(({ sequence }) => Number(sequence))).toEqual([from + 1]);
  });
});

test('a serializable writer that came too late is told to try again', async () => {
  await owner.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
  await owner.query('SELECT FROM industry');
  await move(app, 'tech');
  await expect(move(owner, 'finance')).rejects.toMatchObject({ code: '40001' });
  await owner.query('ROLLBACK');
});

describe('a flip of all tenants', () => {
  const flip = (by: pg.Client, field: string, phase: string) =>
    by.query('UPDATE choice_tenant_state SET phase = $2 WHERE field = $1', [field, phase]);

  test('waits for a single edit, holds up the ones behind it, and nobody waits in a circle', async () => {
    await app.query('BEGIN');
    await move(app, 'tech');
    const flipping = flip(owner, 'Lead.industry', 'migrated');
    await waitUntilBlocked(observer, app);
    // What comes first in the tenants' order is held by the flip; the edit goes on in its own chain.
    await move(app, 'finance');
    await app.query('COMMIT');
    await flipping;
  });

  test('waits for the first entry of a tenant while it holds no chain of a later one', async () => {
    const { rows } = await owner.query<{ id: string }>(
      `INSERT INTO tenant (id, slug, name) VALUES ('00000000-0000-7000-8000-000000000001', 'first', 'First') RETURNING id`,
    );
    const first = rows[0]!.id;
    const add = (tenants: string) =>
      `INSERT INTO industry (tenant_id, key, label, position) SELECT id, 'space', 'Space', 99 FROM tenant WHERE ${tenants} ORDER BY id`;
    const single = await connect(crm.database.ownerUrl);
    await single.query('BEGIN');
    await single.query(add(`id = '${first}'`));
    const flipping = owner.query(`${add('true')} ON CONFLICT DO NOTHING`);
    await waitUntilBlocked(observer, single);
    await single.query(`UPDATE industry SET position = position + 1 WHERE tenant_id = $1 AND key = 'tech'`, [acme]);
    await single.query('COMMIT');
    await flipping;
    await single.end();
  });

  test('beside others of other fields and single edits of every tenant, many times, meets no deadlock', async () => {
    const url = crm.database.ownerUrl;
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(url)));
    const [one, two, three, ...editors] = clients;
    const rounds = async (work: (round: number) => Promise<unknown>) => {
      for (let round = 0; round < 60; round += 1) await work(round);
    };
    await Promise.all([
      rounds((round) => flip(one!, 'Lead.status', round % 2 === 0 ? 'migrated' : 'populated')),
      rounds((round) => flip(two!, 'Task.status', round % 2 === 0 ? 'migrated' : 'populated')),
      rounds(() => three!.query('UPDATE task_type SET position = position + 1')),
      ...editors.map((editor, index) =>
        rounds(() =>
          editor.query('UPDATE industry SET position = position + 1 WHERE tenant_id = $1 AND key = $2', [
            crm.tenant(TENANTS[index]!).id,
            'tech',
          ]),
        ),
      ),
    ]);
    await Promise.all(clients.map((client) => client.end()));
  });

  test('of 1,000 tenants in 10 fields writes one entry per tenant and field, and each chain once per field', async () => {
    await owner.query(`INSERT INTO tenant (slug, name) SELECT 't' || n, 't' FROM generate_series(1, 1000) AS n`);
    await owner.query(
      `INSERT INTO choice_tenant_state (tenant_id, field, phase) SELECT tenant.id, field.field, 'populated' FROM tenant CROSS JOIN choice_field_state AS field WHERE slug LIKE 't_%' ON CONFLICT DO NOTHING`,
    );
    const { rows: fields } = await owner.query<{ field: string }>('SELECT field FROM choice_field_state ORDER BY field');
    expect(fields).toHaveLength(10);
    const written = async () =>
      (
        await owner.query<{ entries: number; chains: number }>(
          `SELECT pg_stat_get_xact_tuples_inserted('choice_change'::regclass)::int AS entries, pg_stat_get_xact_tuples_updated('choice_chain'::regclass)::int AS chains`,
        )
      ).rows[0]!;
    await owner.query('BEGIN');
    // What the session has not reported yet of earlier transactions counts as well.
    const before = await written();
    for (const { field } of fields)
      await owner.query(
        `UPDATE choice_tenant_state SET phase = 'preferred' FROM tenant WHERE tenant.id = tenant_id AND slug LIKE 't_%' AND field = $1`,
        [field],
      );
    expect(await written()).toEqual({ entries: before.entries + 10_000, chains: before.chains + 10_000 });
    await owner.query('COMMIT');
  });
});
