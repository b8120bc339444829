import { readFieldPhases } from '../choice/migrate/phase.ts';
import type { Progress } from '../choice/migrate/run.ts';
import { choiceRegistry } from '../crm/choice-fields.ts';
import type { OwnerDatabase } from '../database/owner-database.ts';
import { readThrough } from '../database/read.ts';
import { demoTenants } from './demo-tenants.ts';
import { isDemoLoaded } from './is-demo-loaded.ts';
import { loadDemoData } from './load-demo-data.ts';
import { loadDemoRecords } from './load-demo-records.ts';

/** Who the demo's changes are recorded under. */
const DEMO_ACTOR = 'demo';

/** Loads the demo's records where they are not there yet: the world before choices became records, as long as it can still be. */
export async function loadDemo(database: OwnerDatabase, onProgress: (progress: Progress) => void): Promise<void> {
  if (await isTooLate(database)) return;
  await loadDemoRecords(database, choiceRegistry, { actor: DEMO_ACTOR, onProgress });
}

/** Takes the demo through the phases where that has not been done yet, says what is left to decide, and returns the slugs of its tenants. */
export async function migrateDemo(
  database: OwnerDatabase,
  onProgress: (progress: Progress) => void,
  say: (line: string) => void,
): Promise<string[]> {
  if (await isTooLate(database)) {
    say('The demo is not loaded: legacy columns that its records need are gone. DEMO=0 asks for none');
    return [];
  }
  const result = await loadDemoData(database, choiceRegistry, { actor: DEMO_ACTOR, onProgress });
  for (const [tenant, blockers] of Map.groupBy(result?.blockers ?? [], (blocker) => blocker.tenant))
    say(
      `${tenant}: ${blockers.length} fields are not migrated, because values are left that no choice has. See: npm run -s choices -- status --tenant ${tenant}`,
    );
  return demoTenants.map((tenant) => tenant.slug);
}

/** What the world was before cannot be played once a legacy column is gone. What was loaded in time stays. */
async function isTooLate(database: OwnerDatabase): Promise<boolean> {
  const phases = await readFieldPhases(readThrough(database.sql));
  return [...phases.values()].includes('contracted') && !(await isDemoLoaded(database, choiceRegistry));
}
