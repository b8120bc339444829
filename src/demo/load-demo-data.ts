import type { ChoiceRegistry } from '../choice/choice-registry.ts';
import { type MigrateResult, migrateRecords } from '../choice/migrate/migrate.ts';
import { populateChoices } from '../choice/migrate/populate.ts';
import type { RunOptions } from '../choice/migrate/run.ts';
import { withExclusive } from '../database/exclusive.ts';
import type { OwnerDatabase } from '../database/owner-database.ts';
import { customizeDemoTenant } from './customize-demo-tenant.ts';
import { findLoadedTenants } from './find-loaded-tenants.ts';
import { isDemoLoaded } from './is-demo-loaded.ts';
import { loadDemoRecords } from './load-demo-records.ts';
import { mapDemoValues } from './map-demo-values.ts';

/**
 * Loads the demo's tenants and takes them through the phases, on a database whose fields are expanded. Tenants of others are
 * not touched. A run that was cut off is finished by the next; undefined: there was nothing to do.
 * The result says what stays unmapped, on purpose.
 */
export async function loadDemoData(
  database: OwnerDatabase,
  registry: ChoiceRegistry,
  options: Omit<RunOptions, 'dryRun'>,
): Promise<MigrateResult | undefined> {
  if (await isDemoLoaded(database, registry)) return undefined;
  return withExclusive(database.sql, 'choices demo', async () => {
    if (await isDemoLoaded(database, registry)) return undefined;
    await loadDemoRecords(database, registry, options);
    const scope = { registry, fields: registry.fields, tenants: await findLoadedTenants(database.sql) };
    const run = { ...options, dryRun: false };
    await populateChoices(database.sql, scope, run);
    await customizeDemoTenant(database, registry, options);
    await mapDemoValues(database, registry, options);
    return migrateRecords(database.sql, scope, run);
  });
}
