import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { findTenantsById } from '../../tenancy/tenant.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { readRegisteredUse } from '../usage/registered-use.ts';
import type { RegisteredUse } from '../usage/registered-use.ts';
import { countUse, readCollection, readUse } from '../usage/usage-store.ts';
import type { Collection, UseCount } from '../usage/usage-store.ts';
import type { MemberUse } from './verdict.ts';

/** What was recorded of the use of the schema, as of one moment. */
export interface RemovalRecords {
  /** That moment, by the clock of the database. */
  readonly now: Date;
  /** The latest of each kind, of one tenant only where it is given; `countUse` tells how many there are. */
  readUse(coordinates: readonly string[], since: Date, tenant?: Tenant): Promise<readonly MemberUse[]>;
  countUse(coordinates: readonly string[], since: Date): Promise<readonly UseCount[]>;
  readRegisteredUse(coordinates: readonly string[], since: Date): Promise<readonly RegisteredUse[]>;
  readCollection(since: Date): Promise<Collection>;
}

/** Where a judgement reads what was recorded. */
export interface RemovalStore {
  /** Has all that `work` reads come from one snapshot of the database, whatever is stored or registered meanwhile. */
  read<Result>(work: (records: RemovalRecords) => Promise<Result>): Promise<Result>;
}

/** Reads as the database's owner; `schema` has the members of every version. */
export function createRemovalStore(db: Sql, schema: GraphQLSchema): RemovalStore {
  return {
    read: (work) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute(async (snapshot) => {
          const { rows } = await sql<{ now: Date }>`SELECT now()`.execute(snapshot);
          return work({
            now: rows[0]!.now,
            readUse: async (coordinates, since, tenant) =>
              nameTenants(snapshot, await readUse(snapshot, { coordinates, since, tenantId: tenant?.id })),
            countUse: (coordinates, since) => countUse(snapshot, { coordinates, since }),
            readRegisteredUse: (coordinates, since) => readRegisteredUse(snapshot, schema, { coordinates, since }),
            readCollection: (since) => readCollection(snapshot, since),
          });
        }),
  };
}

async function nameTenants(db: Sql, uses: Awaited<ReturnType<typeof readUse>>): Promise<MemberUse[]> {
  const ids = [...new Set(uses.flatMap(({ tenantId }) => tenantId ?? []))];
  const slugs = new Map((await findTenantsById(db, ids)).map(({ id, slug }) => [id, slug]));
  return uses.map((use) => ({ ...use, tenant: slugs.get(use.tenantId ?? '') ?? null }));
}
