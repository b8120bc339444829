import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { verifyRecords } from '../../src/choice/migrate/verify.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { customizeDemoTenant } from '../../src/demo/customize-demo-tenant.ts';
import { isDemoLoaded } from '../../src/demo/is-demo-loaded.ts';
import { loadDemoData } from '../../src/demo/load-demo-data.ts';
import { loadDemoRecords } from '../../src/demo/load-demo-records.ts';
import { mapDemoValues } from '../../src/demo/map-demo-values.ts';
import { loadDemo, migrateDemo } from '../../src/demo/prepare-demo.ts';
import { listTenants } from '../../src/tenancy/tenant.ts';
import { createTestDatabase, type TestDatabase } from '../harness/test-database.ts';

const OPTIONS = { actor: 'test', onProgress: () => undefined };
const SCOPE = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
const TABLES = [
  'tenant',
  'account',
  'lead',
  'opportunity',
  'task',
  ...choiceRegistry.types.flatMap((type) => [type.table, type.aliasTable]),
  'choice_tenant_state',
  'choice_phase_change',
];

let clone: TestDatabase;
let database: OwnerDatabase;

beforeEach(async () => {
  clone = await createTestDatabase();
  database = openOwnerDatabase(clone.ownerUrl);
});
afterEach(async () => {
  await database.close();
  await clone.drop();
});

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return (await database.pool.query(query)).rows;
}

async function expand(): Promise<void> {
  await expandFields(database.sql, SCOPE, { ...OPTIONS, dryRun: false });
}

/** Every row of every table, in one hash per table. */
async function hashTables(): Promise<Record<string, unknown>> {
  const hashes: Record<string, unknown> = {};
  for (const table of TABLES)
    [hashes[table]] = await rows(`SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash, count(*)::int FROM ${table} AS t`);
  return hashes;
}

/** Legacy columns only: what is there before fields are expanded, without ids that the database gave. */
async function hashLegacy(): Promise<unknown[]> {
  const hashes = [];
  for (const table of ['account', 'lead', 'opportunity', 'task']) {
    const refs = choiceRegistry.fields.filter((field) => field.table === table).map((field) => field.refColumn);
    hashes.push(
      await rows(
        `SELECT md5(string_agg((to_jsonb(t) - '{tenant_id,${refs.join(',')}}'::text[])::text, '|' ORDER BY id)) AS hash FROM ${table} AS t`,
      ),
    );
  }
  return hashes;
}

/** Makes writes to a table fail, until it is called off. */
async function refuse(event: string, condition: string): Promise<() => Promise<unknown>> {
  await database.pool.query(
    `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off'; END $$`,
  );
  await database.pool.query(`CREATE TRIGGER refuse BEFORE ${event} FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`);
  return () => database.pool.query('DROP FUNCTION refuse CASCADE');
}

test('the demo is three tenants, of whom two are migrated in full and one has values left to decide on', async () => {
  await expand();
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(false);
  const result = (await loadDemoData(database, choiceRegistry, OPTIONS))!;
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(true);

  const counts =
    await rows(`SELECT slug, (SELECT count(*)::int FROM lead WHERE tenant_id = tenant.id) AS leads, (SELECT count(*)::int FROM account WHERE tenant_id = tenant.id) AS accounts,
    (SELECT count(*)::int FROM opportunity WHERE tenant_id = tenant.id) AS opportunities, (SELECT count(*)::int FROM task WHERE tenant_id = tenant.id) AS tasks FROM tenant ORDER BY slug`);
  expect(counts).toEqual([
    { slug: 'acme', leads: 500, accounts: 120, opportunities: 90, tasks: 200 },
    { slug: 'globex', leads: 500, accounts: 120, opportunities: 90, tasks: 200 },
    { slug: 'initech', leads: 50, accounts: 12, opportunities: 9, tasks: 20 },
  ]);
  const fieldsAt = (tenant: string, phase: string) =>
    result.fields.filter((report) => report.tenant === tenant && report.phase === phase).length;
  expect([fieldsAt('acme', 'migrated'), fieldsAt('initech', 'migrated')]).toEqual([10, 10]);
  expect([fieldsAt('globex', 'migrated'), fieldsAt('globex', 'populated')]).toEqual([3, 7]);
  expect(result.fields.filter((report) => report.unmapped.length > 0).every((report) => report.tenant === 'globex')).toBe(true);
  expect(
    result.fields
      .find((report) => report.field === 'Lead.industry' && report.tenant === 'globex')!
      .unmapped.map(({ value }) => value)
      .sort(),
  ).toEqual([' energy', 'agriculture', 'e\u0301nergie', 'logistics', '\u00e9nergie'].sort());

  const verified = await verifyRecords(database.sql, SCOPE);
  expect([...new Set(verified.findings.map(({ code, tenant }) => `${code} ${tenant}`))]).toEqual(['UNMAPPED globex']);
});

test('a second start finds the demo loaded and changes nothing', async () => {
  const start = async () => {
    await loadDemo(database, () => undefined);
    await expand();
    return migrateDemo(
      database,
      () => undefined,
      () => {},
    );
  };
  expect(await start()).toEqual(['acme', 'globex', 'initech']);
  const before = await hashTables();
  expect(await start()).toEqual(['acme', 'globex', 'initech']);
  expect(await loadDemoData(database, choiceRegistry, OPTIONS)).toBeUndefined();
  expect(await hashTables()).toEqual(before);
});

test('no step changes anything when it is done again, and what was edited in between stays', async () => {
  await expand();
  await loadDemoData(database, choiceRegistry, OPTIONS);
  await rows(`UPDATE industry SET label = 'Space', position = 9 WHERE key = 'aerospace'`);
  await rows(`UPDATE lead SET industry = 'education' WHERE legacy_id = 'demo-7'`);
  await rows(`DELETE FROM task WHERE legacy_id = 'demo-1'`);
  const before = await hashTables();
  expect(await loadDemoRecords(database, choiceRegistry, OPTIONS)).toEqual([]);
  expect(await customizeDemoTenant(database, choiceRegistry, OPTIONS)).toBe(false);
  await mapDemoValues(database, choiceRegistry, OPTIONS);
  expect(await hashTables()).toEqual(before);
});

test('two starts at the same time load the demo once', async () => {
  await expand();
  const other = openOwnerDatabase(clone.ownerUrl);
  try {
    const results = await Promise.all([loadDemoData(database, choiceRegistry, OPTIONS), loadDemoData(other, choiceRegistry, OPTIONS)]);
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    expect(await rows('SELECT count(*)::int FROM lead')).toEqual([{ count: 1_050 }]);
  } finally {
    await other.close();
  }
});

test('the records have the same legacy columns whether they are loaded before fields are expanded or after', async () => {
  await loadDemoRecords(database, choiceRegistry, OPTIONS);
  const before = await hashLegacy();
  await expand();
  expect(await hashLegacy()).toEqual(before);
  await rows('TRUNCATE tenant CASCADE');
  expect(await loadDemoRecords(database, choiceRegistry, OPTIONS)).toEqual(['acme', 'globex', 'initech']);
  expect(await hashLegacy()).toEqual(before);
});

test('a tenant is loaded whole or not at all, and the next start goes on with those that are missing', async () => {
  await expand();
  const callOff = await refuse('INSERT ON task', `NEW.priority = 'asap'`);
  await expect(loadDemoData(database, choiceRegistry, OPTIONS)).rejects.toThrow('cut off');
  expect(await rows('SELECT slug, (SELECT count(*)::int FROM account WHERE tenant_id = tenant.id) AS accounts FROM tenant')).toEqual([
    { slug: 'acme', accounts: 120 },
  ]);
  await callOff();
  await loadDemoData(database, choiceRegistry, OPTIONS);
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(true);
  expect(await rows('SELECT count(*)::int FROM task')).toEqual([{ count: 420 }]);
});

test('the administrator of one tenant has renamed, reordered, deactivated and added choices, and its records use them', async () => {
  await expand();
  await loadDemoData(database, choiceRegistry, OPTIONS);
  const industries = await rows(
    `SELECT key, label, position, active FROM industry JOIN tenant ON tenant.id = tenant_id WHERE slug = 'initech' ORDER BY position`,
  );
  expect(industries.slice(0, 4)).toEqual([
    { key: 'aerospace', label: 'Aerospace', position: 1, active: true },
    { key: 'healthcare', label: 'Healthcare', position: 2, active: true },
    { key: 'tech', label: 'Software & Cloud', position: 3, active: true },
    { key: 'public_sector', label: 'Public Sector', position: 4, active: true },
  ]);
  expect(industries.map(({ position }) => position)).toEqual(industries.map((_, index) => index + 1));
  expect(industries.filter(({ active }) => !active).map(({ key }) => key)).toEqual(['energy']);

  const used =
    await rows(`SELECT key, lead.industry AS legacy, count(*)::int FROM lead JOIN industry ON (industry.tenant_id, industry.id) = (lead.tenant_id, industry_id)
    JOIN tenant ON tenant.id = lead.tenant_id WHERE slug = 'initech' AND key IN ('aerospace', 'public_sector', 'energy') GROUP BY 1, 2 ORDER BY 1`);
  expect(used.map(({ key, legacy }) => [key, legacy])).toEqual([
    ['aerospace', 'aerospace'],
    ['energy', 'energy'],
    ['public_sector', 'public_sector'],
  ]);
  for (const [table, column, key] of [
    ['lead', 'status', 'nurturing'],
    ['lead', 'lead_source', 'webinar'],
    ['account', 'tier', 'partner'],
    ['account', 'industry', 'aerospace'],
    ['task', 'priority', 'blocker'],
  ])
    expect([key, ...(await rows(`SELECT count(*)::int > 0 AS used FROM ${table} WHERE ${column} = '${key}'`))]).toEqual([
      key,
      { used: true },
    ]);
  expect(
    await rows(
      `SELECT count(*)::int FROM industry JOIN tenant ON tenant.id = tenant_id WHERE slug <> 'initech' AND (key = 'aerospace' OR NOT active OR label = 'Software & Cloud')`,
    ),
  ).toEqual([{ count: 0 }]);
});

test('edits that were cut off in the middle leave nothing, and are made by the next start', async () => {
  await expand();
  await loadDemoRecords(database, choiceRegistry, OPTIONS);
  await expect(customizeDemoTenant(database, choiceRegistry, OPTIONS)).rejects.toThrow('initech has no choices of type Industry yet');
  await populateChoices(database.sql, SCOPE, { ...OPTIONS, dryRun: false });

  const before = await hashTables();
  const callOff = await refuse('UPDATE ON task', `NEW.priority_id IS DISTINCT FROM OLD.priority_id`);
  await expect(customizeDemoTenant(database, choiceRegistry, OPTIONS)).rejects.toThrow('cut off');
  expect(await hashTables()).toEqual(before);
  await callOff();

  expect(await isDemoLoaded(database, choiceRegistry)).toBe(false);
  expect(
    (await loadDemoData(database, choiceRegistry, OPTIONS))!.fields.filter(
      ({ tenant, phase }) => tenant === 'initech' && phase === 'migrated',
    ),
  ).toHaveLength(10);
  expect(await customizeDemoTenant(database, choiceRegistry, OPTIONS)).toBe(false);
});

test('a start that was cut off between any two steps is finished by the next one', async () => {
  await expand();
  await loadDemoRecords(database, choiceRegistry, OPTIONS);
  const tenants = await listTenants(database.sql);
  await populateChoices(database.sql, { ...SCOPE, tenants }, { ...OPTIONS, dryRun: false });
  await customizeDemoTenant(database, choiceRegistry, OPTIONS);
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(false);
  await mapDemoValues(database, choiceRegistry, OPTIONS);
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(false);
  await loadDemoData(database, choiceRegistry, OPTIONS);
  expect(await isDemoLoaded(database, choiceRegistry)).toBe(true);
});

test('tenants of others are not touched, not even those of the same name', async () => {
  await expand();
  await rows(`INSERT INTO tenant (slug, name) VALUES ('globex', 'Ours'), ('other', 'Other')`);
  await rows(
    `INSERT INTO lead (tenant_id, legacy_id, first_name, last_name, email, company, industry, lead_source) SELECT id, '1', 'A', 'B', 'c@example.com', 'D', 'Finance', 'web' FROM tenant`,
  );
  await loadDemoData(database, choiceRegistry, OPTIONS);

  expect(await isDemoLoaded(database, choiceRegistry)).toBe(true);
  expect(
    await rows(
      `SELECT slug, count(*)::int AS leads FROM tenant JOIN lead ON tenant_id = tenant.id WHERE name IN ('Ours', 'Other') GROUP BY 1 ORDER BY 1`,
    ),
  ).toEqual([
    { slug: 'globex', leads: 1 },
    { slug: 'other', leads: 1 },
  ]);
  expect(
    await rows(`SELECT count(*)::int FROM choice_tenant_state JOIN tenant ON tenant.id = tenant_id WHERE name IN ('Ours', 'Other')`),
  ).toEqual([{ count: 0 }]);
  expect(
    (
      await sql<{
        count: number;
      }>`SELECT count(*)::int AS count FROM industry_alias JOIN tenant ON tenant.id = tenant_id WHERE slug = 'globex'`.execute(database.sql)
    ).rows,
  ).toEqual([{ count: 0 }]);
});
