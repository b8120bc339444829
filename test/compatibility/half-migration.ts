import { workOnce } from '../../src/choice/migrate/backfill/work.ts';
import { readProgress } from '../../src/choice/migrate/progress.ts';
import { countRecords } from '../../src/choice/migrate/report.ts';
import { requestMigration } from '../../src/choice/migrate/request.ts';
import { runWorker } from '../../src/choice/migrate/worker.ts';
import { listTenants } from '../../src/tenancy/tenant.ts';
import type { TestCrm } from '../harness/test-crm.ts';

const BATCH = { batchSize: 8, openTransactionCap: 60_000 };

/** Backfills that have done half of their batches and wait, with no transaction open. */
export interface HalfMigration {
  /** Lets them go on, and waits for their end. */
  finish(): Promise<void>;
}

/** Asks for the backfill of every field and tenant, and does half of each. @throws where that leaves few records with a ref, or without. */
export async function migrateHalf({ owner, scope, run }: TestCrm): Promise<HalfMigration> {
  await requestMigration(owner.sql, scope, run);
  const totals = new Map((await readProgress(owner.sql, scope)).map(({ field, tenant, total }) => [`${field} ${tenant}`, total]));
  for (const field of scope.fields)
    for (const tenant of await listTenants(owner.sql)) {
      const half = totals.get(`${field.coordinate} ${tenant.slug}`)! / 2;
      for (let done = 0; done < half;) {
        const work = await workOnce(owner.sql, { ...scope, fields: [field], tenants: [tenant] }, BATCH);
        if (work === undefined) throw new Error(`${field.coordinate} of ${tenant.slug} cannot go on before its half is done`);
        done += work.updated;
      }
    }
  const reports = await countRecords(owner.sql, scope);
  const [mapped, missing] = (['mapped', 'missing'] as const).map((state) => reports.reduce((sum, report) => sum + report[state], 0));
  if (Math.min(mapped!, missing!) * 4 < mapped! + missing!)
    throw new Error(`${mapped} records have a ref and ${missing} have none: no half`);
  return {
    finish: () => runWorker(owner.sql, scope, { onState: () => undefined, endsAt: ({ kind }) => kind === 'idle' }),
  };
}
