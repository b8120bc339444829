import type { ChoiceField } from '../../src/choice/choice-field.ts';
import { acceptValues } from '../../src/choice/migrate/accept.ts';
import { contractFields } from '../../src/choice/migrate/contract.ts';
import { createTenant } from '../../src/choice/migrate/create-tenant.ts';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { migrateRecords } from '../../src/choice/migrate/migrate.ts';
import { type Phase, PHASES } from '../../src/choice/migrate/phase.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import { preferFields } from '../../src/choice/migrate/prefer.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { rollbackFields } from '../../src/choice/migrate/rollback.ts';
import type { RunOptions, Scope } from '../../src/choice/migrate/run.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import { listTenants, type Tenant } from '../../src/tenancy/tenant.ts';
import { createTestDatabase, ensureTemplate, type TestDatabase } from './test-database.ts';

/** A database of the CRM with tenants, at a phase. */
export interface TestCrm {
  readonly database: TestDatabase;
  readonly owner: OwnerDatabase;
  /** Every field, or those that were asked for; every tenant. */
  readonly scope: Scope;
  readonly run: RunOptions;
  tenant(slug: string): Tenant;
  expand(): Promise<void>;
  populate(): Promise<void>;
  /** Migrates every record, and accepts what no choice has. */
  migrate(): Promise<void>;
  prefer(): Promise<void>;
  contract(): Promise<void>;
  rollback(to: Phase): Promise<void>;
  close(): Promise<void>;
}

const SCOPE: Scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
const RUN: RunOptions = { dryRun: false, actor: 'test', onProgress: () => {} };

/** `fields`: those that go beyond `expanded`; every field if not said otherwise. */
export async function createTestCrm(options: {
  phase: Phase;
  tenants?: readonly string[];
  fields?: readonly ChoiceField[];
}): Promise<TestCrm> {
  const slugs = options.tenants ?? ['acme', 'globex'];
  const database = await createTestDatabase(options.phase === 'legacy' ? undefined : await ensureExpandedTemplate(slugs));
  const owner = openOwnerDatabase(database.ownerUrl);
  const scope: Scope = { ...SCOPE, fields: options.fields ?? choiceRegistry.fields };
  if (options.phase === 'legacy') await createTenants(owner, slugs);
  const tenants = new Map((await listTenants(owner.sql)).map((tenant) => [tenant.slug, tenant]));
  const crm: TestCrm = {
    database,
    owner,
    scope,
    run: RUN,
    tenant: (slug) => tenants.get(slug)!,
    expand: async () => void (await expandFields(owner.sql, SCOPE, RUN)),
    populate: async () => void (await populateChoices(owner.sql, scope, RUN)),
    migrate: async () => {
      await migrateRecords(owner.sql, scope, RUN);
      await acceptUnmapped(crm);
      await migrateRecords(owner.sql, scope, RUN);
    },
    prefer: async () => void (await preferFields(owner.sql, scope, RUN)),
    contract: async () => void (await contractFields(owner.sql, scope, { ...RUN, window: 0 })),
    rollback: async (to) => void (await rollbackFields(owner.sql, scope, { ...RUN, to })),
    close: async () => {
      await owner.close();
      await database.drop();
    },
  };
  const steps = [crm.populate, crm.migrate, crm.prefer, crm.contract];
  for (const step of steps.slice(0, Math.max(0, PHASES.indexOf(options.phase) - 1))) await step();
  return crm;
}

/** Answers the name of a template in which these tenants have every field expanded: by far most tests begin there. */
async function ensureExpandedTemplate(slugs: readonly string[]): Promise<string> {
  const template = `expanded_${slugs.join('_').replaceAll('-', '_')}`;
  await ensureTemplate(template, async (ownerUrl) => {
    const owner = openOwnerDatabase(ownerUrl);
    try {
      await createTenants(owner, slugs);
      await expandFields(owner.sql, SCOPE, RUN);
    } finally {
      await owner.close();
    }
  });
  return template;
}

async function createTenants(owner: OwnerDatabase, slugs: readonly string[]): Promise<void> {
  for (const slug of slugs) await createTenant(owner.sql, choiceRegistry, { slug, name: slug }, RUN);
}

async function acceptUnmapped({ owner, scope, run, tenant }: TestCrm): Promise<void> {
  for (const report of await countRecords(owner.sql, scope)) {
    const values = report.unmapped.map(({ value }) => value);
    const field = scope.registry.field(report.field)!;
    if (values.length > 0)
      await acceptValues(owner.sql, { field, tenant: tenant(report.tenant), values, reason: 'nobody knows what it means' }, run);
  }
}
