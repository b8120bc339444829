import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { migrations } from '../../../src/database/migrations/list.ts';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { createEmptyDatabase } from '../../harness/test-database.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { connect } from '../writers.ts';
import { readChanges, verifyAll } from './chains.ts';

const AUDIT = Object.keys(migrations).find((name) => name.endsWith('choice-audit'))!;
const EARLIER = Object.keys(migrations).filter((name) => name < AUDIT);

test('what a database has already is where its chains begin', async () => {
  const database = await createEmptyDatabase();
  const client = await connect(database.ownerUrl);
  const owner = openOwnerDatabase(database.ownerUrl);
  try {
    for (const name of EARLIER) await client.query(migrations[name]!);
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO tenant (slug, name) VALUES ('acme', 'Acme'), ('globex', 'Globex') RETURNING id`,
    );
    const [acme, globex] = rows.map(({ id }) => id) as [string, string];
    await client.query(`
      INSERT INTO industry (tenant_id, key, label, position) SELECT id, k, upper(k), 1 FROM tenant CROSS JOIN unnest('{a,b}'::text[]) AS k;
      UPDATE industry SET merged_into_id = (SELECT id FROM industry AS other WHERE other.tenant_id = industry.tenant_id AND key = 'b') WHERE key = 'a';
      INSERT INTO choice_field_state (field, phase) VALUES ('Lead.industry', 'expanded');
      INSERT INTO choice_tenant_state (tenant_id, field, phase) SELECT id, 'Lead.industry', 'populated' FROM tenant;
      INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) VALUES ('${acme}', 'Lead.industry', 'x', 'old', 'ada')`);
    await client.query(migrations[AUDIT]!);

    const begun = { operation: 'db up', reason: 'there when the audit began', action: 'insert', before: null };
    const summary = async (tenant: string | null) => {
      const changes = await readChanges(client, tenant);
      for (const change of changes) expect(change).toMatchObject(begun);
      return changes.map(({ kind }) => kind).toSorted();
    };
    expect(await summary(acme)).toEqual(['acceptance', 'alias', 'alias', 'choice', 'choice', 'phase']);
    expect(await summary(globex)).toEqual(['alias', 'alias', 'choice', 'choice', 'phase']);
    expect(await summary(null)).toEqual(['phase']);

    // What follows is not described so, and merges of before are followed as those of later.
    await client.query(`INSERT INTO industry (tenant_id, key, label, position) VALUES ('${globex}', 'c', 'C', 1)`);
    await client.query(
      `UPDATE industry SET merged_into_id = (SELECT id FROM industry WHERE key = 'c') WHERE tenant_id = '${globex}' AND key = 'b'`,
    );
    const later = (await readChanges(client, globex)).slice(5);
    expect(later.map(({ kind, action, operation }) => [kind, action, operation])).toEqual([
      ['choice', 'insert', null],
      ['alias', 'insert', null],
      ['choice', 'update', null],
      ['choice', 'update', null],
    ]);
    expect(await verifyAll({ owner })).toMatchObject({ ok: true });
  } finally {
    await Promise.all([client.end(), owner.close()]);
    await database.drop();
  }
});

test('it is written in portions, in one order', async () => {
  const database = await createEmptyDatabase();
  const client = await connect(database.ownerUrl);
  const owner = openOwnerDatabase(database.ownerUrl);
  try {
    for (const name of EARLIER) await client.query(migrations[name]!);
    await client.query(`INSERT INTO tenant (slug, name) VALUES ('acme', 'Acme'), ('globex', 'Globex')`);
    await client.query(
      `INSERT INTO industry (tenant_id, key, label, position)
       SELECT id, CASE WHEN n % 2 = 0 THEN 'k_' ELSE 'k' END || n, 'L' || n, n FROM tenant CROSS JOIN generate_series(1, 6000) AS n ORDER BY md5(n || slug)`,
    );
    await client.query('BEGIN');
    await client.query(migrations[AUDIT]!);
    const { rows: written } = await client.query<{ heads: number }>(
      `SELECT pg_stat_get_xact_tuples_updated('choice_chain'::regclass)::int AS heads`,
    );
    await client.query('COMMIT');
    // Of choices, and then of aliases: the first tenant's and the second's, and the rest of the second's.
    expect(written).toEqual([{ heads: 6 }]);

    const { rows: tenants } = await client.query<{ id: string }>('SELECT id FROM tenant');
    for (const { id } of tenants) {
      const objects = Map.groupBy(await readChanges(client, id), ({ kind }) => kind);
      expect([...objects.keys()]).toEqual(['choice', 'alias']);
      for (const changes of objects.values()) {
        const names = changes.map(({ object }) => object);
        expect(names).toHaveLength(6_000);
        expect(names).toEqual(names.toSorted());
      }
    }
    expect(await verifyAll({ owner })).toMatchObject({ ok: true });
  } finally {
    await Promise.all([client.end(), owner.close()]);
    await database.drop();
  }
});

test('it waits for who edits choices, without keeping others from it', async () => {
  const database = await createEmptyDatabase();
  const owner = openOwnerDatabase(database.ownerUrl);
  const [editor, other] = [await connect(database.ownerUrl), await connect(database.ownerUrl, `SET lock_timeout = '20s'`)];
  const edit = (key: string) =>
    `INSERT INTO industry (tenant_id, key, label, position) SELECT id, '${key}', upper('${key}'), 1 FROM tenant`;
  try {
    for (const name of EARLIER) await other.query(migrations[name]!);
    await other.query(`INSERT INTO tenant (slug, name) VALUES ('acme', 'Acme')`);
    await editor.query(`BEGIN; ${edit('a')}`);
    const migrated = owner.sql.transaction().execute((transaction) => sql.raw(migrations[AUDIT]!).execute(transaction));
    await waitUntil('the migration waits for the editor', async () => {
      const { rows } = await other.query(`SELECT FROM pg_locks WHERE relation = 'industry'::regclass AND NOT granted`);
      return rows.length > 0;
    });
    await other.query(edit('b'));
    await editor.query('COMMIT');
    await migrated;
    const { rows } = await other.query<{ id: string }>('SELECT id FROM tenant');
    expect((await readChanges(other, rows[0]!.id)).map(({ object }) => object)).toHaveLength(4);
  } finally {
    await Promise.all([editor.end(), other.end(), owner.close()]);
    await database.drop();
  }
});
