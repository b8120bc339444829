import { backfill } from '../../src/choice/migrate/backfill.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { listTenants } from '../../src/tenancy/tenant.ts';
import type { TestCrm } from '../harness/test-crm.ts';

const BATCH_SIZE = 8;

/** Backfills that have done half of their batches and wait, with no transaction open. */
export interface HalfMigration {
  /** Lets them go on, and waits for their end. */
  finish(): Promise<void>;
}

/** Starts the backfill of every field and tenant and holds each halfway. */
export async function migrateHalf({ owner, scope }: TestCrm): Promise<HalfMigration> {
  const tenants = await listTenants(owner.sql);
  const missing = new Map((await countRecords(owner.sql, scope)).map((report) => [`${report.field} ${report.tenant}`, report.missing]));
  const gate = Promise.withResolvers<void>();
  const runs: Promise<number>[] = [];
  const arrivals: Promise<unknown>[] = [];
  for (const field of scope.fields)
    for (const tenant of tenants) {
      const half = Math.ceil(missing.get(`${field.coordinate} ${tenant.slug}`)! / BATCH_SIZE / 2);
      const arrival = Promise.withResolvers<void>();
      let batches = 0;
      const run = backfill(owner.sql, field, tenant, {
        batchSize: BATCH_SIZE,
        onBatch: async () => {
          if (++batches !== half) return;
          arrival.resolve();
          await gate.promise;
        },
      });
      runs.push(run);
      arrivals.push(Promise.race([arrival.promise, run]));
    }
  await Promise.all(arrivals);
  return {
    finish: async () => {
      gate.resolve();
      await Promise.all(runs);
    },
  };
}
