import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { acceptValues } from '../../../src/choice/migrate/accept.ts';
import { mapValues } from '../../../src/choice/migrate/map.ts';
import { migrateRecords } from '../../../src/choice/migrate/migrate.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import type { Progress } from '../../../src/choice/migrate/run.ts';
import { readStatus } from '../../../src/choice/migrate/status.ts';
import { runWorker } from '../../../src/choice/migrate/worker.ts';
import { verifyRecords } from '../../../src/choice/migrate/verify.ts';
import { createLegacyLeads, LEAD_INDUSTRY, type LegacyLeads } from './legacy-leads.ts';
import { readWrites } from './writes.ts';

const VALUES = ['tech', 'tech', 'finance', 'telecom', 'telecom', 'Financ', '', 'tech '];

let leads: LegacyLeads;
beforeEach(async () => {
  leads = await createLegacyLeads(VALUES);
});
afterEach(() => leads.close());

const migrate = (options: { dryRun?: boolean } = {}) => migrateRecords(leads.crm.owner.sql, leads.scope, { ...leads.crm.run, ...options });
const map = (value: string, key: string) =>
  mapValues(
    leads.crm.owner.sql,
    { registry: leads.scope.registry, field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), pairs: [{ value, key }], remap: false },
    leads.crm.run,
  );
/** What a run keeps of itself is where its parts are, and nothing else if it finds nothing to do. */
const readOtherWrites = async () =>
  Object.fromEntries(Object.entries(await readWrites(leads.client)).filter(([table]) => table !== 'choice_tenant_state'));
const merge = async (key: string, survivor: string) =>
  leads.client.query('UPDATE industry SET merged_into_id = $1 WHERE id = $2', [await leads.choiceId(survivor), await leads.choiceId(key)]);
/** A row of the merged choice whose string resolves to another: a backfill leaves it as it is. */
const remapKey = () =>
  leads.client.query(
    `ALTER TABLE lead DISABLE TRIGGER USER; UPDATE lead SET industry = 'tech' WHERE industry = 'finance'; ALTER TABLE lead ENABLE TRIGGER USER`,
  );
const accept = (...values: string[]) =>
  acceptValues(
    leads.crm.owner.sql,
    { field: LEAD_INDUSTRY, tenant: leads.crm.tenant('acme'), values, reason: 'gone for good' },
    leads.crm.run,
  );

test('every value without a choice is reported with its count and near matches, and the run is no success', async () => {
  const result = await migrate();
  expect(result).toMatchObject({
    ok: false,
    fields: [
      {
        field: 'Lead.industry',
        tenant: 'acme',
        phase: 'populated',
        rows: 8,
        mapped: 3,
        empty: 1,
        missing: 0,
        drift: 0,
        updated: 3,
        unmapped: [
          { value: 'telecom', count: 2, accepted: false },
          { value: 'Financ', count: 1, accepted: false, suggestions: ['finance'] },
          { value: 'tech ', count: 1, accepted: false, suggestions: expect.arrayContaining(['tech']) },
        ],
      },
    ],
    blockers: [{ code: 'UNMAPPED', field: 'Lead.industry', tenant: 'acme', message: expect.stringContaining('4 rows') }],
  });
  expect(await leads.read()).toEqual(VALUES.map((value) => [value, ['tech', 'finance'].includes(value) ? value : null]));
});

test('after a mapping a run changes the rows of that value alone, and a further run changes nothing', async () => {
  await migrate();
  const versions = async () =>
    (await leads.client.query<{ xmin: string }>('SELECT xmin::text FROM lead ORDER BY array_position($1, id)', [leads.ids])).rows.map(
      ({ xmin }) => xmin,
    );
  const before = await versions();
  await map('telecom', 'tech');
  expect(await versions()).toEqual(before);
  expect(await migrate()).toMatchObject({ ok: false, fields: [{ updated: 2, mapped: 5 }] });
  const after = await versions();
  expect(after.map((xmin, index) => xmin !== before[index])).toEqual(VALUES.map((value) => value === 'telecom'));
  const writes = await readOtherWrites();
  expect(await migrate()).toMatchObject({ ok: false, fields: [{ updated: 0, mapped: 5 }] });
  expect(await readOtherWrites()).toEqual(writes);
});

test('accepted values stay as they are and let the field become migrated, once', async () => {
  await map('telecom', 'tech');
  await migrate();
  await accept('Financ', 'tech ');
  expect(await migrate()).toMatchObject({
    ok: true,
    blockers: [],
    fields: [
      {
        phase: 'migrated',
        unmapped: [
          { accepted: true, count: 1 },
          { accepted: true, count: 1 },
        ],
      },
    ],
  });
  expect(await verifyRecords(leads.crm.owner.sql, leads.scope)).toMatchObject({ ok: true, findings: [] });
  const writes = await readOtherWrites();
  expect(await migrate()).toMatchObject({ ok: true, fields: [{ updated: 0, phase: 'migrated' }] });
  expect(await readOtherWrites()).toEqual(writes);
});

test.each([
  ['with unmapped values', async () => undefined],
  ['with refs to merged choices', async () => void (await migrate(), await merge('finance', 'other'))],
  ['with refs to merged choices that drift', async () => void (await migrate(), await merge('finance', 'other'), await remapKey())],
  ['with all of them mapped or accepted', async () => void (await map('telecom', 'tech'), await accept('Financ', 'tech '))],
])('a dry run %s writes nothing and says exactly what the run then does', async (_, prepare) => {
  await prepare();
  const before = await readWrites(leads.client);
  const predicted = await migrate({ dryRun: true });
  expect(await readWrites(leads.client)).toEqual(before);
  expect(await migrate()).toEqual(predicted);
});

test('a ref to a choice that was merged moves to the survivor, and no string changes', async () => {
  await map('telecom', 'finance');
  await migrate();
  const before = await leads.read();
  await merge('finance', 'other');
  expect(await migrate()).toMatchObject({ fields: [{ updated: 3, drift: 0 }] });
  expect(await leads.read()).toEqual(before.map(([value, key]) => [value, key === 'finance' ? 'other' : key]));
});

test('what is asked for is done by whoever works, and the report tells of all of it', async () => {
  await requestMigration(leads.crm.owner.sql, leads.scope, leads.crm.run);
  expect(await readStatus(leads.crm.owner.sql, leads.scope)).toMatchObject({
    fields: [{ missing: 3, progress: { wanted: true, stage: 'sweep', done: 0, total: 3, paused: null, quarantined: 0, error: null } }],
    workers: [],
    pace: { batchSize: 2_000, rowsPerSecond: null },
  });
  await runWorker(leads.crm.owner.sql, leads.scope, { onState: () => undefined, endsAt: ({ kind }) => kind === 'idle' });
  expect(await readStatus(leads.crm.owner.sql, leads.scope)).toMatchObject({
    fields: [{ missing: 0, progress: { wanted: false, done: 3, total: 3 } }],
  });
});

test('progress is told of each part and of all, and what it throws ends the run and leaves nothing half done', async () => {
  const scope = { ...leads.scope, tenants: undefined };
  const told: Progress[] = [];
  const interrupted = new Error('interrupted');
  const onProgress = (progress: Progress) => {
    told.push(progress);
    throw interrupted;
  };
  await expect(migrateRecords(leads.crm.owner.sql, scope, { ...leads.crm.run, onProgress })).rejects.toBe(interrupted);
  expect(told).toEqual([{ step: 'migrate', field: 'Lead.industry', tenant: 'acme', done: 3, total: 3, all: { done: 3, total: 3 } }]);
  expect(await readStatus(leads.crm.owner.sql, leads.scope)).toMatchObject({
    fields: [{ phase: 'populated', progress: { wanted: true } }],
  });
  const { rows } = await leads.client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`,
  );
  expect(rows).toEqual([]);
  expect(await migrateRecords(leads.crm.owner.sql, scope, leads.crm.run)).toMatchObject({
    fields: [{ updated: 0, mapped: 3 }, { rows: 0 }],
  });
});

test('a field that is not populated blocks the run', async () => {
  await leads.client.query(`DELETE FROM choice_tenant_state WHERE field = 'Lead.industry' AND tenant_id = $1`, [leads.tenantId]);
  await expect(migrate()).rejects.toMatchObject({ blockers: [{ code: 'NOT_POPULATED', field: 'Lead.industry', tenant: 'acme' }] });
  expect(await leads.countUpdates()).toEqual(VALUES.map(() => 0));
});

test('verify finds missing refs, drift and unmapped values, with samples; status counts the same and gives no verdict', async () => {
  await migrate();
  await leads.client.query(`BEGIN; ALTER TABLE lead DISABLE TRIGGER USER`);
  await leads.client.query(`UPDATE lead SET industry_id = NULL WHERE id = $1`, [leads.ids[0]]);
  await leads.client.query(`UPDATE lead SET industry_id = $2 WHERE id = $1`, [leads.ids[2], await leads.choiceId('other')]);
  await leads.client.query(`ALTER TABLE lead ENABLE TRIGGER USER; COMMIT`);
  const verified = await verifyRecords(leads.crm.owner.sql, leads.scope);
  expect(verified.ok).toBe(false);
  expect(verified.findings.map(({ code, count, sampleIds }) => [code, count, sampleIds.toSorted()])).toEqual([
    ['DRIFT', 1, [leads.ids[2]]],
    ['MISSING', 1, [leads.ids[0]]],
    ['UNMAPPED', 4, [leads.ids[3], leads.ids[4], leads.ids[5], leads.ids[7]].toSorted()],
  ]);
  expect(await readStatus(leads.crm.owner.sql, leads.scope)).toMatchObject({ ok: true, fields: verified.fields, blockers: [] });
  // Drift is nothing that a backfill may decide.
  expect(await migrate()).toMatchObject({
    ok: false,
    fields: [{ missing: 0, drift: 1, updated: 1 }],
    blockers: [{ code: 'UNMAPPED' }, { code: 'DRIFT' }],
  });
});

test('every row is one of mapped, empty, missing and unmapped, whatever the rows are', async () => {
  await leads.addAlias('telecom', 'tech');
  await leads.addAlias('gone', 'retail');
  const keys = ['tech', 'finance', 'retail', 'energy', 'other'];
  const ids = new Map(await Promise.all(keys.map(async (key) => [key, await leads.choiceId(key)] as const)));
  await leads.client.query(`UPDATE industry SET deleted_at = now() WHERE id = $1`, [ids.get('retail')]);
  await leads.client.query(`UPDATE industry SET merged_into_id = $2 WHERE id = $1`, [ids.get('energy'), ids.get('other')]);
  await leads.client.query('ALTER TABLE lead DISABLE TRIGGER USER; ALTER TABLE account DISABLE TRIGGER USER');
  const resolved = new Map(Object.entries({ tech: 'tech', telecom: 'tech', finance: 'finance', energy: 'other', other: 'other' }));
  const resolve = (value: string | null) => resolved.get(value ?? '') ?? null;
  const account = leads.scope.registry.field('Account.industry')!;
  const row = fc.record({
    value: fc.oneof(
      fc.constantFrom(null, '', 'tech', 'telecom', 'finance', 'energy', 'other', 'gone', 'retail', 'Tech', ' '),
      fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
    ),
    ref: fc.constantFrom(null, null, null, ...keys),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      await leads.client.query('TRUNCATE account CASCADE');
      await leads.client.query(
        `INSERT INTO account (tenant_id, name, industry, industry_id) SELECT $1, 'Example', value, ref FROM unnest($2::text[], $3::uuid[]) AS given (value, ref)`,
        [leads.tenantId, rows.map(({ value }) => value), rows.map(({ ref }) => (ref === null ? null : ids.get(ref)))],
      );
      const report = (await readStatus(leads.crm.owner.sql, { ...leads.scope, fields: [account] })).fields[0]!;
      const unset = rows.filter(({ ref }) => ref === null);
      const isEmpty = ({ value }: { value: string | null }) => value === null || value === '';
      const unmapped = unset.filter((each) => !isEmpty(each) && resolve(each.value) === null);
      const survivor = (key: string) => (key === 'energy' ? 'other' : key);
      expect(report).toMatchObject({
        rows: rows.length,
        mapped: rows.length - unset.length,
        empty: unset.filter(isEmpty).length,
        missing: unset.filter(({ value }) => resolve(value) !== null).length,
        drift: rows.filter(({ value, ref }) => ref !== null && survivor(ref) !== resolve(value)).length,
      });
      expect(report.mapped + report.empty + report.missing + report.unmapped.reduce((sum, { count }) => sum + count, 0)).toBe(report.rows);
      expect(new Map(report.unmapped.map(({ value, count }) => [value, count]))).toEqual(
        new Map([...Map.groupBy(unmapped, ({ value }) => value!)].map(([value, some]) => [value, some.length])),
      );
    }),
    { numRuns: 60 },
  );
});
