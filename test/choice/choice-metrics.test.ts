import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createChoiceMetrics } from '../../src/choice/choice-metrics.ts';
import { joinProcesses } from '../../src/choice/processes.ts';
import { readMetrics } from '../harness/metrics.ts';
import { createTestCrm, type TestCrm } from '../harness/test-crm.ts';

let crm: TestCrm;
let now = 0;
let read: () => Promise<string>;

beforeAll(async () => {
  crm = await createTestCrm({ phase: 'populated' });
});
beforeEach(async () => {
  await run(`UPDATE choice_tenant_state SET phase = 'populated', wanted = false, done = 0, total = 0, paused_by = NULL, retry_at = NULL`);
  await run(`UPDATE choice_field_state SET storage = 'column'`);
  await run('DELETE FROM choice_verification');
  now = 0;
  read = createChoiceMetrics(crm.owner.sql, () => now);
});
afterAll(() => crm.close());

const run = (statement: string, ...values: unknown[]) => crm.owner.pool.query(statement, values);

/** The value with these labels; undefined where there is none. */
async function valueOf(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  const { samples } = readMetrics(await read());
  return samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([label, content]) => sample.labels[label] === content),
  )?.value;
}

const field = 'Lead.industry';

test('tenants are counted by the phase that they are at', async () => {
  await run(`UPDATE choice_tenant_state SET phase = 'preferred' WHERE field = $1 AND tenant_id = $2`, field, crm.tenant('acme').id);
  expect(await valueOf('choice_tenants', { field, phase: 'preferred' })).toBe(1);
  expect(await valueOf('choice_tenants', { field, phase: 'populated' })).toBe(1);
  expect(await valueOf('choice_tenants', { field: 'Task.status', phase: 'populated' })).toBe(2);
});

test('figures and findings are those of the latest verification', async () => {
  const figures = { rows: 10, mapped: 4, empty: 3, missing: 2, unmapped: 1, accepted: 1, drift: 1, quarantined: 2 };
  await run(
    `INSERT INTO choice_verification (tenant_id, field, verified_at, figures, findings) VALUES ($1, $2, now() - interval '1 hour', $3, $4)`,
    crm.tenant('acme').id,
    field,
    JSON.stringify(figures),
    JSON.stringify({ own: { MISSING: 2, DRIFT: 1 }, shared: { INDEX: 1 } }),
  );
  for (const state of ['mapped', 'empty', 'missing', 'unmapped'] as const)
    expect(await valueOf('choice_rows', { field, state })).toBe(figures[state]);
  expect(await valueOf('choice_rows_accepted', { field })).toBe(1);
  expect(await valueOf('choice_rows_drift', { field })).toBe(1);
  expect(await valueOf('choice_rows_quarantined', { field })).toBe(2);
  for (const [code, count] of Object.entries({ MISSING: 2, DRIFT: 1, INDEX: 1 }))
    expect(await valueOf('choice_findings', { field, code })).toBe(count);
  expect(await valueOf('choice_findings', { field: 'Task.status' })).toBeUndefined();
  expect(await valueOf('choice_verification_age_seconds', { field })).toBeGreaterThanOrEqual(3_600);
});

test('the backfills under way are told, and where the string is read', async () => {
  await run(`UPDATE choice_tenant_state SET wanted = true, done = 5, total = 20 WHERE field = $1`, field);
  await run(`UPDATE choice_tenant_state SET paused_by = 'ada' WHERE field = $1 AND tenant_id = $2`, field, crm.tenant('acme').id);
  await run(`UPDATE choice_tenant_state SET retry_at = now() WHERE field = $1 AND tenant_id = $2`, field, crm.tenant('globex').id);
  await run(`UPDATE choice_field_state SET storage = 'archive' WHERE field = $1`, field);
  for (const [state, count] of Object.entries({ wanted: 2, paused: 1, failing: 1 }))
    expect(await valueOf('choice_backfill_parts', { field, state })).toBe(count);
  for (const [state, count] of Object.entries({ done: 10, total: 40 }))
    expect(await valueOf('choice_backfill_rows', { field, state })).toBe(count);
  expect(await valueOf('choice_backfill_parts', { field: 'Task.status', state: 'wanted' })).toBe(0);
  expect(await valueOf('choice_storage_archive', { field })).toBe(1);
  expect(await valueOf('choice_storage_archive', { field: 'Task.status' })).toBe(0);
});

test('servers and workers are counted, with the slowest of their writes', async () => {
  const members = [];
  for (const milliseconds of [250, 1_500]) {
    const member = await joinProcesses(crm.database.ownerUrl, { kind: 'server', name: 'choices serve' });
    member.tell({ writeMilliseconds: milliseconds });
    await member.beat();
    members.push(member);
  }
  try {
    expect(await valueOf('choice_processes', { kind: 'server' })).toBe(2);
    expect(await valueOf('choice_processes', { kind: 'worker' })).toBe(0);
    expect(await valueOf('choice_write_seconds', { kind: 'server' })).toBe(1.5);
    expect(await valueOf('choice_write_seconds', { kind: 'worker' })).toBeUndefined();
  } finally {
    await Promise.all(members.map((member) => member.leave()));
  }
});

test('the database is asked every five seconds at most, and by several scrapes at once for all of them', async () => {
  const asked = async () => {
    await Promise.all([read(), read(), read()]);
    return valueOf('choice_revision', {});
  };
  const before = (await asked())!;
  await run(`UPDATE choice_field_state SET storage = 'archive' WHERE field = $1`, field);
  now = 4_999;
  expect(await asked()).toBe(before);
  now = 5_000;
  expect(await asked()).toBeGreaterThan(before);
});

test('what is gone is no longer told', async () => {
  await run(`UPDATE choice_tenant_state SET phase = 'preferred' WHERE field = $1`, field);
  expect(await valueOf('choice_tenants', { field, phase: 'preferred' })).toBe(2);
  await run(`UPDATE choice_tenant_state SET phase = 'migrated' WHERE field = $1`, field);
  now = 5_000;
  expect(await valueOf('choice_tenants', { field, phase: 'preferred' })).toBeUndefined();
  expect(await valueOf('choice_tenants', { field, phase: 'migrated' })).toBe(2);
});

test('the heads of the chains of changes are told, by the tenants’ ids', async () => {
  const { rows } = await run(`SELECT tenant_id, sequence, encode(hash, 'hex') AS hash FROM choice_chain ORDER BY tenant_id NULLS FIRST`);
  expect(rows).toHaveLength(3);
  expect(await valueOf('choice_audit_chains', {})).toBe(3);
  for (const { tenant_id, sequence, hash } of rows as { tenant_id: string | null; sequence: string; hash: string }[]) {
    const tenant = tenant_id ?? '_platform';
    expect(await valueOf('choice_audit_sequence', { tenant })).toBe(Number(sequence));
    expect(await valueOf('choice_audit_head_info', { tenant, head: `${sequence}:${hash}` })).toBe(1);
  }
});

test('of many chains those are told that changed last, and a head that is none any more is not', async () => {
  await run(`INSERT INTO tenant (slug, name) SELECT 't' || n, 't' FROM generate_series(1, 1100) AS n`);
  const add = (slugs: string) =>
    run(
      `INSERT INTO task_type (tenant_id, key, label, position) SELECT id, 'k' || uuid_v7()::text, uuid_v7()::text, 1 FROM tenant WHERE slug ${slugs}`,
    );
  await run(`ALTER TABLE task_type ALTER COLUMN key TYPE text, DROP CONSTRAINT task_type_key_check`);
  await add(`LIKE 't%'`);
  await add(`= 't1'`);
  const { samples } = readMetrics(await read());
  const told = (name: string) => samples.filter((sample) => sample.name === name);
  const { rows } = await run(`SELECT id FROM tenant WHERE slug = 't1'`);
  expect(told('choice_audit_chains')).toMatchObject([{ value: 1_103 }]);
  for (const name of ['choice_audit_sequence', 'choice_audit_head_info']) expect(told(name)).toHaveLength(1_000);
  expect(told('choice_audit_head_info').filter(({ labels }) => labels.tenant === rows[0].id)).toMatchObject([
    { labels: { head: expect.stringMatching(/^4:/) } },
  ]);
});

test('no label names a tenant', async () => {
  expect(await read()).not.toMatch(/acme|globex/);
});

test('a database that does not answer fails the reading, not the next one', async () => {
  const blocker = await crm.owner.pool.connect();
  try {
    await blocker.query('BEGIN; LOCK TABLE choice_field_state');
    await expect(read()).rejects.toMatchObject({ code: '57014' });
  } finally {
    await blocker.query('ROLLBACK');
    blocker.release();
  }
  expect(await valueOf('choice_tenants', { field, phase: 'populated' })).toBe(2);
});
