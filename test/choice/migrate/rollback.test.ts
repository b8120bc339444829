import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { contractFields } from '../../../src/choice/migrate/contract.ts';
import { createTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import type { Phase } from '../../../src/choice/migrate/phase.ts';
import { rollbackFields } from '../../../src/choice/migrate/rollback.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { withExclusive } from '../../../src/database/exclusive.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { UNKNOWN } from '../choice-samples.ts';
import { writeString } from '../regimes.ts';
import { findFaults } from './find-faults.ts';
import { createPreferredCrm, type PreferredCrm } from './preferred-crm.ts';
import { readWrites } from './writes.ts';

const FIELD = choiceRegistry.field('Lead.industry')!;
const TIER = choiceRegistry.field('Account.tier')!;
const BACK = ['preferred', 'migrated', 'populated', 'expanded', 'legacy'] as const;

let preferred: PreferredCrm;
const begin = async (fields = [FIELD, TIER]) => {
  preferred = await createPreferredCrm(fields);
};
afterEach(() => preferred.close());

const contract = () => contractFields(preferred.crm.owner.sql, preferred.scope, { ...preferred.crm.run, window: 0 });
const rollback = (to: Phase, options: { dryRun?: boolean; tenants?: readonly string[]; reason?: string } = {}) => {
  const { tenants, ...others } = options;
  const scope = { ...preferred.scope, ...(tenants && { tenants: tenants.map((slug) => preferred.crm.tenant(slug)) }) };
  return rollbackFields(preferred.crm.owner.sql, scope, { ...preferred.crm.run, to, ...others });
};
const readPhases = async () => {
  const { rows } = await preferred.client.query<{ field: string; tenant: string; phase: string }>(
    `SELECT field, slug AS tenant, phase FROM choice_tenant_state JOIN tenant ON tenant.id = tenant_id ORDER BY field, slug`,
  );
  return rows.map(({ field, tenant, phase }) => `${field} ${tenant} ${phase}`);
};

test('from contracted every field’s column comes back as it was, to the byte in every row', async () => {
  await begin([...choiceRegistry.fields]);
  const tables = [...new Set(choiceRegistry.fields.map((field) => field.table))];
  const look = async () => ({
    columns: await Promise.all(tables.map(preferred.readColumns)),
    rows: await Promise.all(tables.map(preferred.hashRows)),
    strings: await Promise.all(choiceRegistry.fields.map(preferred.readStrings)),
  });
  const before = await look();
  await contract();
  const result = await rollback('preferred');
  expect(result.fields).toEqual(
    choiceRegistry.fields.map(({ coordinate }) => ({ field: coordinate, from: 'contracted', to: 'preferred', changed: true })),
  );
  expect(await look()).toEqual(before);
  for (const field of choiceRegistry.fields) expect(await findFaults(preferred.crm.owner.sql, field)).toEqual([]);
  expect((await preferred.client.query('SELECT FROM choice_archive')).rowCount).toBe(0);
});

describe.each(BACK)('from contracted to %s', (to) => {
  beforeEach(async () => {
    await begin();
    await contract();
  });

  test('a dry run predicts it and writes nothing; the strings are what they were', async () => {
    const strings = await preferred.readStrings(FIELD);
    const before = await readWrites(preferred.client);
    const predicted = await rollback(to, { dryRun: true });
    expect(await readWrites(preferred.client)).toEqual(before);
    expect(await rollback(to, { reason: 'a drill' })).toEqual(predicted);
    expect(await preferred.readStrings(FIELD)).toEqual(strings);
    const phases = [FIELD, TIER]
      .map(({ coordinate }) => coordinate)
      .sort()
      .flatMap((field) => ['acme', 'globex'].map((tenant) => `${field} ${tenant} ${to}`));
    expect(await readPhases()).toEqual(to === 'legacy' || to === 'expanded' ? [] : phases);
    const again = await rollback(to);
    expect(again.fields.map(({ changed }) => changed)).toEqual([false, false]);
    const { rows } = await preferred.client.query(
      `SELECT DISTINCT to_phase, reason FROM choice_phase_change WHERE field = 'Lead.industry' AND from_phase = 'contracted'`,
    );
    expect(rows).toEqual([{ to_phase: 'preferred', reason: 'a drill' }]);
  });
});

test('rows that were edited meanwhile come back as they were edited', async () => {
  await begin([FIELD]);
  await contract();
  const { client, crm } = preferred;
  const tenantId = crm.tenant('acme').id;
  const ids = [...(await preferred.readStrings(FIELD)).keys()];
  const { rows } = await client.query<{ id: string }>('SELECT id FROM lead WHERE tenant_id = $1 ORDER BY id', [tenantId]);
  const finance = await preferred.choiceId(FIELD, 'acme', 'finance');
  await client.query('UPDATE lead SET industry_id = $2 WHERE id = $1', [rows[0]!.id, finance]);
  await writeString(client, FIELD, 'archive', { tenantId, id: rows[1]!.id }, UNKNOWN);
  await writeString(client, FIELD, 'archive', { tenantId, id: rows[2]!.id }, '');
  await client.query('UPDATE lead SET industry_id = NULL WHERE id = $1', [rows[3]!.id]);
  const edited = await preferred.readStrings(FIELD);
  await rollback('preferred');
  const after = await preferred.readStrings(FIELD);
  expect(after).toEqual(edited);
  expect([...after.keys()]).toEqual(ids);
  expect(rows.slice(0, 4).map(({ id }) => after.get(`${tenantId} ${id}`))).toEqual(['finance', UNKNOWN, '', '']);
});

test('tenants that were born while the column was gone are at preferred with the others', async () => {
  await begin([FIELD]);
  await contract();
  await createTenant(preferred.crm.owner.sql, choiceRegistry, { slug: 'newborn', name: 'Newborn' }, preferred.crm.run);
  await rollback('preferred');
  expect(await readPhases()).toEqual(['acme', 'globex', 'newborn'].map((tenant) => `Lead.industry ${tenant} preferred`));
});

describe('a flip', () => {
  beforeEach(() => begin());

  test.each(['migrated', 'populated', 'expanded'] as const)(
    'to %s rewrites no row, keeps refs, choices and aliases, and ends backfills',
    async (to) => {
      const { client, hashRows } = preferred;
      await client.query(`UPDATE choice_tenant_state SET wanted = true, cursor = tenant_id, paused_by = 'ada'`);
      const read = async () => [
        await hashRows('lead'),
        await hashRows('account'),
        (await client.query('SELECT * FROM industry_alias ORDER BY 1, 2')).rows,
      ];
      const before = await read();
      const predicted = await rollback(to, { dryRun: true });
      expect(await rollback(to, { reason: 'strange labels' })).toEqual(predicted);
      expect(predicted.fields).toEqual(
        [FIELD, TIER].map(({ coordinate }) => ({ field: coordinate, tenants: ['acme', 'globex'], from: 'preferred', to, changed: true })),
      );
      expect(await read()).toEqual(before);
      const { rows } = await client.query('SELECT DISTINCT phase, wanted, cursor, paused_by FROM choice_tenant_state');
      expect(rows).toEqual(to === 'expanded' ? [] : [{ phase: to, wanted: false, cursor: null, paused_by: null }]);
      const { rows: changes } = await client.query(
        `SELECT from_phase, to_phase, changed_by, reason, count(*)::int AS count FROM choice_phase_change WHERE from_phase = 'preferred' GROUP BY 1, 2, 3, 4`,
      );
      expect(changes).toEqual([{ from_phase: 'preferred', to_phase: to, changed_by: 'test', reason: 'strange labels', count: 4 }]);
      const { rows: births } = await client.query('SELECT DISTINCT populates_new_tenants AS born FROM choice_field_state');
      expect(births).toEqual([{ born: to !== 'expanded' }]);
    },
  );

  test('of one tenant leaves the others where they are', async () => {
    const result = await rollback('migrated', { tenants: ['acme'] });
    expect(result.fields[0]).toEqual({ field: 'Lead.industry', tenants: ['acme'], from: 'preferred', to: 'migrated', changed: true });
    expect(await readPhases()).toEqual([
      'Account.tier acme migrated',
      'Account.tier globex preferred',
      'Lead.industry acme migrated',
      'Lead.industry globex preferred',
    ]);
    // The other goes back alone; who is there already, or further back, stays.
    expect((await rollback('populated', { tenants: ['globex'] })).fields.map(({ tenants }) => tenants)).toEqual([['globex'], ['globex']]);
    expect((await rollback('migrated')).fields.map(({ changed }) => changed)).toEqual([false, false]);
    expect(await readPhases()).toEqual([
      'Account.tier acme migrated',
      'Account.tier globex populated',
      'Lead.industry acme migrated',
      'Lead.industry globex populated',
    ]);
  });

  test('to a phase that lies ahead is refused', async () => {
    await expect(rollback('contracted')).rejects.toMatchObject({ blockers: [{ code: 'PHASE_AHEAD' }, { code: 'PHASE_AHEAD' }] });
    await rollback('populated', { tenants: ['acme'] });
    await expect(rollback('migrated', { tenants: ['acme'] })).rejects.toMatchObject({
      blockers: [
        { code: 'PHASE_AHEAD', message: 'Lead.industry has not come to phase migrated yet: rollback only goes back' },
        { code: 'PHASE_AHEAD' },
      ],
    });
  });

  test('of one tenant is a usage error where the whole field has to go', async () => {
    await expect(rollback('legacy', { tenants: ['acme'] })).rejects.toMatchObject({ name: 'UsageError' });
    await contract();
    await expect(rollback('migrated', { tenants: ['acme'] })).rejects.toMatchObject({ name: 'UsageError' });
    expect((await rollback('contracted')).fields).toEqual(
      [FIELD, TIER].map(({ coordinate }) => ({ field: coordinate, from: 'contracted', to: 'contracted', changed: false })),
    );
  });
});

describe('to legacy', () => {
  beforeEach(() => begin());

  test('triggers, foreign key, indexes and ref column go; choices, aliases and acceptances stay, and expand brings it back', async () => {
    const { client, crm, readStrings } = preferred;
    const strings = await readStrings(FIELD);
    const kept = async () =>
      Promise.all(
        ['industry', 'industry_alias', 'choice_acceptance'].map(
          async (table) => (await client.query(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)).rows,
        ),
      );
    const before = await kept();
    await rollback('legacy');
    expect(await kept()).toEqual(before);
    const { rows } = await client.query(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'lead'::regclass AND attname = 'industry_id'
       UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE '%lead_industry'
       UNION ALL SELECT tgname FROM pg_trigger WHERE tgname LIKE '%lead_industry%'
       UNION ALL SELECT relname FROM pg_class WHERE relname LIKE 'lead_industry%'
       UNION ALL SELECT field FROM choice_field_state`,
    );
    expect(rows).toEqual([]);
    await expandFields(crm.owner.sql, preferred.scope, crm.run);
    expect(await findFaults(crm.owner.sql, FIELD)).toEqual([]);
    expect(await readStrings(FIELD)).toEqual(strings);
  });

  test('is blocked while servers are live, also from contracted, before anything is changed', async () => {
    await contract();
    const { client } = preferred;
    await client.query(
      `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start, acknowledged)
       SELECT gen_random_uuid(), 'server', 'api', 'host-1', 7, pid, backend_start, 1000000 FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    );
    const before = await readWrites(client);
    for (const dryRun of [true, false])
      await expect(rollback('legacy', { dryRun })).rejects.toMatchObject({
        blockers: [{ code: 'SERVERS_LIVE', message: expect.stringContaining('api on host-1 (pid 7)') }, { code: 'SERVERS_LIVE' }],
      });
    expect(await readWrites(client)).toEqual(before);
  });

  test('is blocked by a view over the ref column', async () => {
    await preferred.client.query('CREATE VIEW refs AS SELECT industry_id FROM lead');
    await expect(rollback('legacy')).rejects.toMatchObject({
      blockers: [{ code: 'COLUMN_IN_USE', message: expect.stringContaining('view refs') }],
    });
  });
});

test('what waited for its turn answers what it did, not what it would have done before', async () => {
  await begin([FIELD]);
  const { client, crm } = preferred;
  let waiting: ReturnType<typeof rollback> | undefined;
  await withExclusive(crm.owner.sql, 'choices ddl', async () => {
    waiting = rollback('legacy');
    await waitUntil('it asks for its turn', async () => {
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()`,
      );
      // Whoever has the turn asked for it as well.
      return rows[0]!.count === 2;
    });
    await rollback('expanded');
  });
  expect((await waiting!).fields).toEqual([{ field: 'Lead.industry', from: 'expanded', to: 'legacy', changed: true }]);
});

test('a server that does not follow keeps the column from going, and from being announced', async () => {
  await begin([FIELD]);
  const { client, crm, readStrings } = preferred;
  const strings = await readStrings(FIELD);
  await client.query(
    `INSERT INTO choice_process (id, kind, name, host, pid, backend_pid, backend_start)
     SELECT gen_random_uuid(), 'server', 'api', 'host-1', 7, pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  );
  const behind = { blockers: [{ code: 'SERVERS_BEHIND', message: expect.stringContaining('api on host-1 (pid 7)') }] };
  const run = { ...crm.run, serverCap: 0 };
  await expect(contractFields(crm.owner.sql, preferred.scope, { ...run, window: 0 })).rejects.toMatchObject(behind);
  expect(await readStrings(FIELD)).toEqual(strings);
  await expect(rollbackFields(crm.owner.sql, preferred.scope, { ...run, to: 'preferred' })).rejects.toMatchObject(behind);
  await client.query('UPDATE choice_process SET acknowledged = 1000000');
  await rollbackFields(crm.owner.sql, preferred.scope, { ...run, to: 'preferred' });
  expect(await findFaults(crm.owner.sql, FIELD)).toEqual([]);
  expect(await readStrings(FIELD)).toEqual(strings);
  const { rows } = await client.query(`SELECT phase, storage FROM choice_field_state`);
  expect(rows).toEqual([{ phase: 'expanded', storage: 'column' }]);
});
