import { createTenant } from '../../src/choice/migrate/create-tenant.ts';
import { expandFields } from '../../src/choice/migrate/expand.ts';
import { populateChoices } from '../../src/choice/migrate/populate.ts';
import type { RunOptions, Scope } from '../../src/choice/migrate/run.ts';
import { choiceRegistry } from '../../src/crm/choice-fields.ts';
import { openOwnerDatabase, type OwnerDatabase } from '../../src/database/owner-database.ts';
import type { Tenant } from '../../src/tenancy/tenant.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** A database of the CRM with tenants, at a phase. */
export interface TestCrm {
  readonly database: TestDatabase;
  readonly owner: OwnerDatabase;
  /** Every field, every tenant. */
  readonly scope: Scope;
  readonly run: RunOptions;
  tenant(slug: string): Tenant;
  expand(): Promise<void>;
  populate(): Promise<void>;
  close(): Promise<void>;
}

export async function createTestCrm(options: {
  phase: 'legacy' | 'expanded' | 'populated';
  tenants?: readonly string[];
}): Promise<TestCrm> {
  const database = await createTestDatabase();
  const owner = openOwnerDatabase(database.ownerUrl);
  const scope: Scope = { registry: choiceRegistry, fields: choiceRegistry.fields, tenants: undefined };
  const run: RunOptions = { dryRun: false, actor: 'test', onProgress: () => {} };
  const tenants = new Map<string, Tenant>();
  for (const slug of options.tenants ?? ['acme', 'globex']) {
    const { tenant } = await createTenant(owner.sql, choiceRegistry, { slug, name: slug }, run);
    tenants.set(slug, tenant);
  }
  const crm: TestCrm = {
    database,
    owner,
    scope,
    run,
    tenant: (slug) => tenants.get(slug)!,
    expand: async () => void (await expandFields(owner.sql, scope, run)),
    populate: async () => void (await populateChoices(owner.sql, scope, run)),
    close: async () => {
      await owner.close();
      await database.drop();
    },
  };
  if (options.phase !== 'legacy') await crm.expand();
  if (options.phase === 'populated') await crm.populate();
  return crm;
}
