import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { readChanges, readSequence, verifyAll } from './chains.ts';
import { readTables, replayChanges } from './replay-tables.ts';

let crm: TestCrm;
let client: pg.Client;
let acme: string;
beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  client = await connect(crm.database.ownerUrl);
  acme = crm.tenant('acme').id;
});
afterAll(async () => {
  await client.end();
  await crm.close();
});

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const VALUES = ['x', 'X', ' x', 'té', '💼'];
const key = fc.constantFrom(...KEYS);
const keys = fc.subarray(KEYS, { minLength: 1 });
const value = fc.constantFrom(...VALUES);
const ID = `(SELECT id FROM industry WHERE tenant_id = $1 AND key = $2)`;

/** One statement on the tenant's choices, aliases, phases or acceptances. Those that a rule refuses change nothing. */
const edit: fc.Arbitrary<readonly [string, ...unknown[]]> = fc.oneof(
  keys.map(
    (some) =>
      [
        `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, k, 'L' || k, 1 FROM unnest($2::text[]) AS k ON CONFLICT DO NOTHING`,
        some,
      ] as const,
  ),
  fc
    .tuple(keys, fc.string({ maxLength: 5 }))
    .map(
      ([some, label]) =>
        [
          `UPDATE industry SET label = $3 || key WHERE tenant_id = $1 AND key = ANY ($2)`,
          some,
          label.replaceAll('\0', '').toWellFormed(),
        ] as const,
    ),
  fc
    .tuple(key, fc.boolean())
    .map(
      ([one, active]) => [`UPDATE industry SET active = $3, version = version + 1 WHERE tenant_id = $1 AND key = $2`, one, active] as const,
    ),
  fc
    .tuple(key, keys)
    .map(
      ([into, some]) =>
        [`UPDATE industry SET merged_into_id = ${ID}, label = label || '.' WHERE tenant_id = $1 AND key = ANY ($3)`, into, some] as const,
    ),
  key.map((one) => [`UPDATE industry SET merged_into_id = NULL WHERE tenant_id = $1 AND key = $2`, one] as const),
  fc
    .tuple(key, fc.boolean())
    .map(
      ([one, gone]) =>
        [`UPDATE industry SET deleted_at = CASE WHEN $3 THEN now() END WHERE tenant_id = $1 AND key = $2`, one, gone] as const,
    ),
  fc
    .tuple(key, value)
    .map(
      ([one, alias]) =>
        [
          `INSERT INTO industry_alias (tenant_id, legacy_value, choice_id) SELECT $1, $3, ${ID} ON CONFLICT (tenant_id, legacy_value) DO UPDATE SET choice_id = excluded.choice_id`,
          one,
          alias,
        ] as const,
    ),
  fc
    .tuple(value, value)
    .map(([from, to]) => [`UPDATE industry_alias SET legacy_value = $3 WHERE tenant_id = $1 AND legacy_value = $2`, from, to] as const),
  value.map((alias) => [`DELETE FROM industry_alias WHERE tenant_id = $1 AND legacy_value = $2`, alias] as const),
  fc
    .constantFrom('populated', 'migrated', 'preferred')
    .map((phase) => [`UPDATE choice_tenant_state SET phase = $2, done = done + 1 WHERE tenant_id = $1`, phase] as const),
  fc.constant([`DELETE FROM choice_tenant_state WHERE tenant_id = $1 AND field = 'Lead.industry'`] as const),
  fc.constant([
    `INSERT INTO choice_tenant_state (tenant_id, field, phase) VALUES ($1, 'Lead.industry', 'populated') ON CONFLICT DO NOTHING`,
  ] as const),
  value.map(
    (alias) =>
      [
        `INSERT INTO choice_acceptance (tenant_id, field, legacy_value, reason, accepted_by) VALUES ($1, 'Lead.industry', $2, 'r', 'a') ON CONFLICT DO NOTHING`,
        alias,
      ] as const,
  ),
  key.map(
    (one) =>
      [
        `INSERT INTO choice_default (tenant_id, field, choice_id) VALUES ($1, 'Lead.industry', ${ID}) ON CONFLICT (tenant_id, field) DO UPDATE SET choice_id = excluded.choice_id`,
        one,
      ] as const,
  ),
  fc.constant([`DELETE FROM choice_default WHERE tenant_id = $1`] as const),
  value.map((alias) => [`DELETE FROM choice_acceptance WHERE tenant_id = $1 AND legacy_value = $2`, alias] as const),
);

test('what was recorded, replayed from nothing, gives the tables, whatever was done to them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 25 }), fc.boolean(), async (edits, together) => {
      if (together) await client.query('BEGIN');
      for (const [statement, ...values] of edits) {
        await client.query(together ? 'SAVEPOINT edit' : 'SELECT 1');
        await client.query(statement, [acme, ...values]).catch(async (error: { code: string }) => {
          // Rules of choices: unique labels, keys' aliases, merges in a circle, nothing to point at, a default.
          expect(['23505', '23514', '23502', '21000', '23001']).toContain(error.code);
          if (together) await client.query('ROLLBACK TO edit');
        });
      }
      if (together) await client.query('COMMIT');
      expect(await replayChanges(client, acme)).toEqual(await readTables(client, acme));
    }),
    { numRuns: 60 },
  );
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
});

test('a column that is added to a type is in the entries of a choice from its next change on', async () => {
  await client.query('ALTER TABLE industry ADD COLUMN heat int NOT NULL DEFAULT 3');
  const from = await readSequence(client, acme);
  const { rows } = await client.query<{ id: string }>(`UPDATE industry SET heat = 4 WHERE tenant_id = $1 AND key = 'tech' RETURNING id`, [
    acme,
  ]);
  expect(await readChanges(client, acme, from)).toMatchObject([{ action: 'update', before: { heat: 3 }, after: { heat: 4 } }]);
  const [replayed, tables] = [await replayChanges(client, acme), await readTables(client, acme)];
  const name = JSON.stringify(['choice', 'industry', rows[0]!.id]);
  expect(replayed.get(name)).toEqual(tables.get(name));
  expect([...replayed.keys()].toSorted()).toEqual([...tables.keys()].toSorted());
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
});
