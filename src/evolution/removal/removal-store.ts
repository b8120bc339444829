import type { GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { Sql } from '../../database/owner-database.ts';
import { readCollection, readRegisteredUse, readUse } from '../usage/usage-store.ts';
import type { Collection, CoordinateUse, RegisteredUse } from '../usage/usage-store.ts';

/** What was recorded of the use of the schema. */
export interface RemovalStore {
  /** What time it is by the clock that use is recorded by. */
  readClock(): Promise<Date>;
  readUse(coordinates: readonly string[], since: Date): Promise<readonly CoordinateUse[]>;
  readRegisteredUse(coordinates: readonly string[]): Promise<readonly RegisteredUse[]>;
  readCollection(since: Date): Promise<Collection>;
}

/** Reads as the database's owner; `schema` has the members of every version. */
export function createRemovalStore(db: Sql, schema: GraphQLSchema): RemovalStore {
  return {
    async readClock() {
      const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db);
      return rows[0]!.now;
    },
    readUse: (coordinates, since) => readUse(db, { coordinates, since }),
    readRegisteredUse: (coordinates) => readRegisteredUse(db, schema, coordinates),
    readCollection: (since) => readCollection(db, since),
  };
}
