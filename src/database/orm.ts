import type { EntityClass } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { freeLostClients } from './free-lost-clients.ts';

/**
 * MikroORM on the API's connection pool. Its context variables – the role, the tenant – are set per transaction,
 * so they work through a proxy that pools transactions. `applicationName` is what its sessions are called.
 */
export async function createOrm(
  url: string,
  entities: readonly EntityClass<object>[],
  applicationName = 'dynamic-choices api',
): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: url,
    entities: [...entities],
    sessionContext: 'transaction',
    pool: { min: 0, max: 10 },
    driverOptions: { application_name: applicationName, connectionTimeoutMillis: 10_000, onPoolCreated: freeLostClients },
    ensureDatabase: false,
    forceUtcTimezone: true,
  });
}
