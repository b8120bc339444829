import { expect, test } from '@jest/globals';
import { createTenant } from '../../../src/choice/migrate/create-tenant.ts';
import { expandFields } from '../../../src/choice/migrate/expand.ts';
import { keepWorking } from '../../../src/choice/migrate/keep-working.ts';
import { setPace } from '../../../src/choice/migrate/pace.ts';
import { populateChoices } from '../../../src/choice/migrate/populate.ts';
import { requestMigration } from '../../../src/choice/migrate/request.ts';
import { choiceRegistry } from '../../../src/crm/choice-fields.ts';
import { migrateDatabase } from '../../../src/database/migrate.ts';
import { openOwnerDatabase } from '../../../src/database/owner-database.ts';
import { useEmbeddedServer } from '../../harness/embedded-server.ts';
import { connect } from '../writers.ts';
import { LEAD_INDUSTRY } from './legacy-leads.ts';
import { countLeads, insertUnmigratedLeads, recordUpdates } from './unmigrated-leads.ts';

const server = useEmbeddedServer();
const LEADS = 40;

test('a worker goes on when the whole server was killed and runs again', async () => {
  const { ownerUrl, release } = await server.acquire();
  const owner = openOwnerDatabase(ownerUrl);
  try {
    await migrateDatabase(owner, { dryRun: false });
    const run = { dryRun: false, actor: 'test', onProgress: () => undefined };
    const scope = { registry: choiceRegistry, fields: [LEAD_INDUSTRY], tenants: undefined };
    const { tenant } = await createTenant(owner.sql, choiceRegistry, { slug: 'acme', name: 'Acme' }, run);
    await expandFields(owner.sql, scope, run);
    await populateChoices(owner.sql, scope, run);
    const client = await connect(ownerUrl);
    client.on('error', () => undefined);
    await insertUnmigratedLeads(client, tenant.id, LEADS);
    await recordUpdates(client);
    await setPace(owner.sql, { batchSize: 5 }, run);
    await requestMigration(owner.sql, scope, run);

    let killed = false;
    const lost: unknown[] = [];
    await keepWorking(owner.sql, scope, {
      signal: new AbortController().signal,
      onLost: (error) => void lost.push(error),
      endsAt: ({ kind }) => kind === 'idle',
      onState: async ({ kind }) => {
        if (kind !== 'working' || killed) return;
        killed = true;
        await server.killPostmaster();
      },
    });
    expect([killed, lost.length]).toEqual([true, 1]);
    const again = await connect(ownerUrl);
    expect(await countLeads(again)).toEqual({ rows: LEADS, missing: 0, updated: { 1: LEADS } });
    await again.end();
  } finally {
    await owner.close();
    await release();
  }
});
