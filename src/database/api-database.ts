import type { EntityClass } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Kysely } from 'kysely';
import type pg from 'pg';
import { freeLostClients } from './free-lost-clients.ts';
import { createReadBeginnings, type ReadBeginnings } from './read-beginnings.ts';
import { createReadConnections, type ReadConnections } from './read-connections.ts';
import { sendStatementsTogether } from './sent-statements.ts';
import { createStatementNames, noStatementNames, type StatementNames } from './statement-names.ts';

/** The API's connections. What only reads uses them without MikroORM: there is nothing to hydrate. */
export interface ApiDatabase {
  readonly orm: MikroORM;
  /** MikroORM's own. Statements of one client are sent without waiting for those before them. */
  readonly pool: pg.Pool;
  readonly sql: Kysely<unknown>;
  readonly readConnections: ReadConnections;
  readonly readBeginnings: ReadBeginnings;
  readonly statementNames: StatementNames;
  close(): Promise<void>;
}

/**
 * MikroORM on the API's connection pool. Its context variables – the role, the tenant – are set per transaction,
 * so they work through a proxy that pools transactions. `applicationName` is what its sessions are called; `prepares`: whether statements
 * are prepared, as no such proxy allows for.
 */
export async function openApiDatabase(
  url: string,
  entities: readonly EntityClass<object>[],
  { applicationName = 'dynamic-choices api', prepares = true }: { readonly applicationName?: string; readonly prepares?: boolean } = {},
): Promise<ApiDatabase> {
  const statementNames = prepares ? createStatementNames() : noStatementNames;
  const setUpPool = (pool: pg.Pool) => {
    freeLostClients(pool);
    sendStatementsTogether(pool, statementNames);
  };
  const orm = await MikroORM.init({
    clientUrl: url,
    entities: [...entities],
    sessionContext: 'transaction',
    pool: { min: 0, max: 10 },
    driverOptions: { application_name: applicationName, connectionTimeoutMillis: 10_000, onPoolCreated: setUpPool, pipeline: true },
    ensureDatabase: false,
    forceUtcTimezone: true,
  });
  const pool = await orm.em.getDriver().getConnection().getNativeClient();
  const close = async () => {
    await orm.close();
    // MikroORM ends it only where it has used it itself; the idle connections of one that is not ended keep a process up.
    if (!pool.ended) await pool.end();
  };
  return {
    orm,
    pool,
    sql: orm.em.getKysely(),
    readConnections: createReadConnections(pool),
    readBeginnings: createReadBeginnings({ prepares }),
    statementNames,
    close,
  };
}
