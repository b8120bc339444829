import type { Progress } from '../choice/migrate/run.ts';
import { choiceRegistry } from '../crm/choice-fields.ts';
import type { OwnerDatabase } from '../database/owner-database.ts';
import { demoTenants } from './demo-tenants.ts';
import { loadDemoData } from './load-demo-data.ts';

/** Who the demo's changes are recorded under. */
const DEMO_ACTOR = 'demo';

/** Loads the demo where it is not loaded yet, and returns the slugs of its tenants. */
export async function prepareDemo(database: OwnerDatabase, onProgress: (progress: Progress) => void): Promise<string[]> {
  await loadDemoData(database, choiceRegistry, { actor: DEMO_ACTOR, onProgress });
  return demoTenants.map((tenant) => tenant.slug);
}
