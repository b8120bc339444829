import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { type ChainHead, listChains } from '../../../src/choice/audit/chain-head.ts';
import { CHANGE_PAYLOAD } from '../../../src/database/migrations/0007-choice-audit-functions.ts';
import { createTestCrm, type TestCrm } from '../../harness/test-crm.ts';
import { connect } from '../writers.ts';
import { tamper, verifyAll } from './chains.ts';

let crm: TestCrm;
let client: pg.Client;
let acme: string;
let head: ChainHead;
beforeEach(async () => {
  crm = await createTestCrm({ phase: 'populated' });
  client = await connect(crm.database.ownerUrl);
  acme = crm.tenant('acme').id;
  head = await headOf('acme');
});
afterEach(async () => {
  await client.end();
  await crm.close();
});

const headOf = async (name: string) => (await listChains(crm.owner.sql)).find((chain) => chain.name === name)!.head;
const expectAcme = (sequence: number, hash: string) => ({ owner: 'acme', head: { sequence, hash } });
const hashAt = async (sequence: number) =>
  (
    await client.query<{ hash: string }>(`SELECT encode(hash, 'hex') AS hash FROM choice_change WHERE tenant_id = $1 AND sequence = $2`, [
      acme,
      sequence,
    ])
  ).rows[0]!.hash;

test('chains as they were written are verified to their heads, the platform’s first', async () => {
  const result = await verifyAll(crm, expectAcme(head.sequence, head.hash), expectAcme(3, await hashAt(3)), expectAcme(0, '0'.repeat(64)));
  expect(result).toMatchObject({
    ok: true,
    findings: [],
    chains: [{ id: null, name: '_platform', head: { sequence: 10 } }, { id: acme, name: 'acme', head }, { name: 'globex' }],
  });
  expect(head.sequence).toBeGreaterThan(50);
});

/** The first entry that is not as it was written, by what was done with the triggers off. */
const FAULTS: readonly [string, string, { code: string; sequence: number | 'next' | 'last' }][] = [
  [
    'one that says another actor',
    `UPDATE choice_change SET actor = 'nobody' WHERE sequence = 7 AND tenant_id = '$'`,
    { code: 'ALTERED', sequence: 7 },
  ],
  [
    'one whose members differ',
    `UPDATE choice_change SET after = after || '{"label": "x"}' WHERE sequence = 9 AND tenant_id = '$'`,
    { code: 'ALTERED', sequence: 9 },
  ],
  [
    'one that says another century',
    `UPDATE choice_change SET changed_at = changed_at - interval '4051 years' WHERE sequence = 7 AND tenant_id = '$'`,
    { code: 'ALTERED', sequence: 7 },
  ],
  [
    'one that a function gives its old words back',
    `UPDATE choice_change SET actor = 'nobody' WHERE sequence = 7 AND tenant_id = '$';
     CREATE OR REPLACE FUNCTION choice_change_payload(entry choice_change) RETURNS text LANGUAGE sql STABLE AS
       'SELECT ${CHANGE_PAYLOAD.replace('entry.actor', `replace(entry.actor, 'nobody', 'test')`).replaceAll("'", "''")}'`,
    { code: 'ALTERED', sequence: 7 },
  ],
  [
    'one that was given its own hash again',
    `UPDATE choice_change SET reason = 'x' WHERE sequence = 8 AND tenant_id = '$';
     UPDATE choice_change AS entry SET hash = sha256(previous || convert_to(choice_change_payload(entry), 'UTF8')) WHERE sequence = 8 AND tenant_id = '$'`,
    { code: 'ALTERED', sequence: 8 },
  ],
  ['one that is gone', `DELETE FROM choice_change WHERE sequence = 5 AND tenant_id = '$'`, { code: 'MISSING', sequence: 5 }],
  [
    'one that is gone, the others numbered anew',
    `DELETE FROM choice_change WHERE sequence = 5 AND tenant_id = '$'; UPDATE choice_change SET sequence = -sequence WHERE sequence > 5 AND tenant_id = '$' ;
     UPDATE choice_change SET sequence = -sequence - 1 WHERE sequence < 0`,
    { code: 'MISSING', sequence: 5 },
  ],
  [
    'the last one, gone',
    `DELETE FROM choice_change WHERE tenant_id = '$' AND sequence = (SELECT sequence FROM choice_chain WHERE tenant_id = '$')`,
    { code: 'MISSING', sequence: 'last' },
  ],
  [
    'one put in, the others numbered anew',
    `UPDATE choice_change SET sequence = -sequence WHERE sequence >= 6 AND tenant_id = '$'; UPDATE choice_change SET sequence = 1 - sequence WHERE sequence < 0;
     INSERT INTO choice_change SELECT (jsonb_populate_record(entry, '{"sequence": 6, "actor": "nobody"}')).* FROM choice_change AS entry WHERE sequence = 5 AND tenant_id = '$'`,
    { code: 'INSERTED', sequence: 6 },
  ],
  [
    'one put in behind the last',
    `INSERT INTO choice_change SELECT (jsonb_populate_record(entry, jsonb_build_object('sequence', sequence + 1))).* FROM choice_change AS entry
     WHERE tenant_id = '$' AND sequence = (SELECT sequence FROM choice_chain WHERE tenant_id = '$')`,
    { code: 'INSERTED', sequence: 'next' },
  ],
  ['a head that was taken away', `DELETE FROM choice_chain WHERE tenant_id = '$'`, { code: 'INSERTED', sequence: 1 }],
  [
    'a head that says another hash',
    `UPDATE choice_chain SET hash = sha256('x') WHERE tenant_id = '$'`,
    { code: 'ALTERED', sequence: 'last' },
  ],
];

test.each(FAULTS)('%s is named', async (_, damage, { code, sequence }) => {
  await client.query(
    'ALTER TABLE choice_change DROP CONSTRAINT choice_change_sequence_check, DROP COLUMN choice_id, DROP COLUMN former_choice_id',
  );
  await tamper(client, damage.replaceAll('$', acme));
  const at = sequence === 'next' ? head.sequence + 1 : sequence === 'last' ? head.sequence : sequence;
  const { ok, findings } = await verifyAll(crm);
  expect({ ok, findings }).toMatchObject({ ok: false, findings: [{ tenant: 'acme', code, sequence: at }] });
});

test('one of which any member says something else is named, whichever it is', async () => {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_name = 'choice_change' AND is_generated = 'NEVER' AND column_name NOT IN ('tenant_id', 'sequence') ORDER BY 1`,
  );
  expect(columns.length).toBeGreaterThan(14);
  const { rows: constraints } = await client.query<{ name: string }>(
    `SELECT quote_ident(conname) AS name FROM pg_constraint WHERE conrelid = 'choice_change'::regclass AND contype = 'c'`,
  );
  for (const { name } of constraints) await client.query(`ALTER TABLE choice_change DROP CONSTRAINT ${name}`);
  await client.query('ALTER TABLE choice_change DROP COLUMN choice_id, DROP COLUMN former_choice_id');
  const another: Readonly<Record<string, string>> = {
    bigint: `coalesce($, 0) + 1`,
    integer: `coalesce($, 0) + 1`,
    bytea: `sha256('x')`,
    jsonb: `coalesce($, '{}') || '{"another": 1}'`,
    uuid: `'00000000-0000-7000-8000-00000000000a'`,
    'timestamp with time zone': `$ + interval '1 millisecond'`,
    text: `coalesce($, '') || 'x'`,
  };
  for (const { name, type } of columns) {
    const kept = `CREATE TABLE kept AS SELECT * FROM choice_change WHERE tenant_id = '${acme}' AND sequence = 7`;
    await tamper(
      client,
      `${kept}; UPDATE choice_change SET ${name} = ${another[type]!.replace('$', name)} WHERE tenant_id = '${acme}' AND sequence = 7`,
    );
    expect([name, (await verifyAll(crm)).findings]).toMatchObject([name, [{ tenant: 'acme', code: 'ALTERED', sequence: 7 }]]);
    await tamper(
      client,
      `UPDATE choice_change SET ${name} = kept.${name} FROM kept WHERE choice_change.tenant_id = kept.tenant_id AND choice_change.sequence = 7; DROP TABLE kept`,
    );
  }
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
});

test('a tail that was cut, head and all, shows by a head that somebody kept', async () => {
  const cut = `DELETE FROM choice_change WHERE tenant_id = '${acme}' AND sequence > 9;
    UPDATE choice_chain SET sequence = 9, hash = (SELECT hash FROM choice_change WHERE tenant_id = '${acme}' AND sequence = 9) WHERE tenant_id = '${acme}'`;
  await tamper(client, cut);
  expect(await verifyAll(crm)).toMatchObject({ ok: true });
  const lost = { code: 'NOT_THERE', sequence: head.sequence };
  expect(await verifyAll(crm, expectAcme(9, await hashAt(9)), expectAcme(head.sequence, head.hash))).toMatchObject({
    ok: false,
    findings: [{ ...lost, tenant: 'acme' }],
  });
  // Also where whoever kept it does not say whose it is, and where the chain has grown again.
  expect(await verifyAll(crm, { owner: undefined, head })).toMatchObject({ ok: false, findings: [{ ...lost, tenant: null }] });
  for (let place = 0; place <= head.sequence; place += 1)
    await client.query(`UPDATE industry SET position = position + 1 WHERE tenant_id = $1 AND key = 'tech'`, [acme]);
  expect(await verifyAll(crm, { owner: undefined, head })).toMatchObject({ ok: false, findings: [lost] });
});

describe('a tenant that is gone', () => {
  let id: string;
  let last: ChainHead;
  beforeEach(async () => {
    await client.query(`ALTER TABLE tenant DISABLE TRIGGER USER; INSERT INTO tenant (slug, name) VALUES ('gone', 'Gone')`);
    await client.query(`INSERT INTO industry (tenant_id, key, label, position) SELECT id, 'a', 'A', 1 FROM tenant WHERE slug = 'gone'`);
    id = (await client.query<{ id: string }>(`SELECT id FROM tenant WHERE slug = 'gone'`)).rows[0]!.id;
    await client.query(`TRUNCATE industry_alias, industry CASCADE`);
    last = await headOf('gone');
    await client.query(`DELETE FROM tenant WHERE slug = 'gone'`);
  });

  test('leaves its chain, which is called by its id then; its heads are found there', async () => {
    const { ok, chains } = await verifyAll(crm, { owner: 'gone', head: last }, { owner: id, head: last });
    expect(ok).toBe(true);
    expect(chains.map(({ name }) => name)).toContain(id);
  });

  test('and whose chain is, too, is missed by whoever kept a head; all others are verified', async () => {
    await tamper(client, `DELETE FROM choice_change WHERE tenant_id = '${id}'; DELETE FROM choice_chain WHERE tenant_id = '${id}'`);
    expect(await verifyAll(crm)).toMatchObject({ ok: true });
    const kept = [{ owner: 'gone', head: last }, { owner: id, head: last }, expectAcme(head.sequence, head.hash)];
    expect(await verifyAll(crm, ...kept)).toMatchObject({
      ok: false,
      chains: [{ name: '_platform' }, { name: 'acme' }, { name: 'globex' }],
      findings: ['gone', id].map((tenant) => ({
        ...{ code: 'NOT_THERE', tenant, sequence: last.sequence },
        message: expect.stringMatching(/there is no such chain$/),
      })),
    });
  });
});

describe('a chain longer than what is read at once', () => {
  const LENGTH = 12_000;
  beforeEach(async () => {
    await client.query(
      `INSERT INTO industry (tenant_id, key, label, position) SELECT $1, 'k' || n, 'L' || n, n FROM generate_series(1, 900) AS n`,
      [acme],
    );
    for (let round = 0; round < 12; round += 1)
      await client.query(`UPDATE industry SET position = position + 1 WHERE tenant_id = $1`, [acme]);
  });

  test('is verified whole, a fault near its end included', async () => {
    const { sequence } = await headOf('acme');
    expect(sequence).toBeGreaterThan(LENGTH);
    expect(await verifyAll(crm)).toMatchObject({ ok: true });
    await tamper(client, `UPDATE choice_change SET actor = 'nobody' WHERE tenant_id = '${acme}' AND sequence = ${sequence - 2}`);
    expect(await verifyAll(crm)).toMatchObject({ findings: [{ code: 'ALTERED', sequence: sequence - 2 }] });
  });
});

test('entries that are added meanwhile are no faults', async () => {
  let verifying = true;
  const write = async () => {
    while (verifying) await client.query(`UPDATE industry SET position = position + 1 WHERE tenant_id = $1`, [acme]);
  };
  const writing = write();
  for (let round = 0; round < 12; round += 1) expect(await verifyAll(crm)).toMatchObject({ ok: true });
  verifying = false;
  await writing;
});
