import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createChoiceRegistry } from '../../src/choice/choice-registry.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { type DemoTenant, demoMappings, demoTenants } from '../../src/demo/demo-tenants.ts';
import { type DemoRecord, generateRecords } from '../../src/demo/generate-records.ts';

const TABLES = ['account', 'lead', 'opportunity', 'task'] as const;

function valuesOf(tenant: DemoTenant, coordinate: string): unknown[] {
  const field = choiceRegistry.field(coordinate)!;
  return generateRecords(choiceRegistry, tenant)[field.table as (typeof TABLES)[number]].map((record) => record[field.legacyColumn]);
}

function byId(records: readonly DemoRecord[]): Map<string, DemoRecord> {
  return new Map(records.map((record) => [record.id, record]));
}

test('the records are the same on every machine and in every run', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
  // Of the fields that the demo has mess for: a field that joins later changes records, not how they come about.
  const { mess } = demoTenants.find(({ slug }) => slug === 'globex')!;
  const registry = createChoiceRegistry(choiceRegistry.fields.filter((field) => field.coordinate in mess));
  const hashes = demoTenants.map((tenant) => [tenant.slug, hash(JSON.stringify(generateRecords(registry, tenant)))]);
  expect(Object.fromEntries(hashes)).toEqual({ acme: '62614c274e304122', globex: '97753693ae4c67bb', initech: '44c457e988cc73d4' });
});

describe.each(demoTenants)('the records of $slug', (tenant) => {
  const records = generateRecords(choiceRegistry, tenant);

  test('are as many as declared', () => {
    expect({
      accounts: records.account.length,
      leads: records.lead.length,
      opportunities: records.opportunity.length,
      tasks: records.task.length,
    }).toEqual(tenant.records);
  });

  test.each(TABLES)('have ids of version 7 that hold the time of their creation, all in one order: %s', (table) => {
    const rows = records[table];
    for (const { id, created_at: created, updated_at: updated } of rows) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(new Date(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toISOString()).toBe(created);
      expect(updated).toBe(created);
    }
    const years = rows.map((row) => Number(String(row.created_at).slice(0, 4)));
    expect([Math.min(...years) >= 2019, Math.max(...years) <= 2025]).toEqual([true, true]);
    expect(rows.map((row) => row.id)).toEqual(rows.map((row) => row.id).toSorted());
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(rows.map((row) => row.legacy_id)).toEqual(rows.map((_, index) => `demo-${index + 1}`));
  });

  test('refer to records that are older than they are', () => {
    const accounts = byId(records.account);
    for (const deal of records.opportunity) expect(accounts.get(String(deal.account_id))!.id < deal.id).toBe(true);
    const leads = byId(records.lead);
    for (const task of records.task) if (task.lead_id !== null) expect(leads.get(String(task.lead_id))!.id < task.id).toBe(true);
    expect(records.task.some((task) => task.lead_id === null)).toBe(true);
  });

  test('reach nobody: addresses and websites are under example.com, telephone numbers are of the range kept for fiction', () => {
    for (const lead of records.lead) {
      expect(lead.email).toMatch(/^[a-z]+\.[a-z]+@[a-z-]+\.example\.com$/);
      if (lead.phone !== null) expect(lead.phone).toMatch(/^\+1-555-01\d\d$/);
    }
    for (const account of records.account)
      if (account.website !== null) expect(account.website).toMatch(/^https:\/\/[a-z-]+\.example\.com$/);
  });

  test.each(choiceRegistry.fields.map((field) => field.coordinate))(
    "have only values of %s that are listed, or the tenant's own, each of those at least once",
    (coordinate) => {
      const listed: unknown[] = choiceRegistry.field(coordinate)!.hardcoded.map(([key]) => key);
      const own: readonly unknown[] = tenant.mess[coordinate] ?? [];
      const values = new Set(valuesOf(tenant, coordinate));
      expect([...values].filter((value) => !listed.includes(value) && !own.includes(value))).toEqual([]);
      if (tenant.slug === 'globex') expect(own.filter((value) => !values.has(value))).toEqual([]);
    },
  );
});

test('the clean tenants have no value that is not listed, but for empty ones', () => {
  for (const { slug, mess } of demoTenants)
    if (slug !== 'globex')
      expect(
        Object.values(mess)
          .flat()
          .filter((value) => value !== '' && value !== null),
      ).toEqual([]);
});

test('the messy tenant has every kind of mess, and decisions about some of it', () => {
  const { mess } = demoTenants.find(({ slug }) => slug === 'globex')!;
  for (const coordinate of Object.keys(mess)) expect(choiceRegistry.field(coordinate)).toBeDefined();
  const values = Object.values(mess)
    .flat()
    .filter((value) => value !== null);
  const has = (pattern: RegExp) => values.some((value) => pattern.test(value));
  expect([
    has(/^$/),
    has(/^ /),
    has(/ $/),
    has(/\u00a0/),
    has(/[A-Z]/),
    has(/\u0131/),
    has(/\u0301/),
    has(/\u00e9/),
    Object.values(mess).flat().includes(null),
  ]).toEqual(Array(9).fill(true));

  const mapped = Object.entries(demoMappings.globex!).flatMap(([coordinate, mappings]) =>
    Object.keys(mappings).map((value) => [coordinate, value] as const),
  );
  for (const [coordinate, value] of mapped) expect([value, mess[coordinate]!.includes(value)]).toEqual([value, true]);
  expect(values.length - mapped.length).toBeGreaterThan(10);
});
