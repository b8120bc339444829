import { setImmediate } from 'node:timers/promises';
import { openOwnerDatabase } from '../../src/database/owner-database.ts';
import { createUsageRecorder } from '../../src/evolution/usage/usage-recorder.ts';

/**
 * Records without pause until it is killed, and tells in the table `ledger` how many operations it is about to have recorded at
 * the most, and how many it knows to be stored at the least.
 */
const database = openOwnerDatabase(process.argv[2] ?? '');
const recorder = await createUsageRecorder(database.sql, { isDeprecated: () => false, flushEveryMs: 3 });
const used = { explicit: ['Lead.id', 'Query.leads'], defaulted: [] };
process.stdout.write('ready\n');
for (let recorded = 0; ;) {
  await database.pool.query('INSERT INTO ledger (what, operations) VALUES ($1, $2)', ['most', recorded + 500]);
  for (const end = recorded + 500; recorded < end; recorded += 1) {
    recorder.record({
      version: '2026-11',
      pinned: false,
      operation: `Op${recorded % 7}`,
      client: 'web',
      clientVersion: '',
      tenantId: null,
      used,
    });
    if (recorded % 50 === 0) await setImmediate();
  }
  await recorder.flush();
  await database.pool.query('INSERT INTO ledger (what, operations) VALUES ($1, $2)', ['least', recorded]);
}
