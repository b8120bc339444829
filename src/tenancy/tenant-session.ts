import type { EntityManager } from '@mikro-orm/postgresql';
import type { Kysely } from 'kysely';
import type { ApiDatabase } from '../database/api-database.ts';
import type { Statement } from '../database/read-beginnings.ts';
import type { ReadStatement } from '../database/read.ts';
import { IDLE_MILLISECONDS, isSwapped, LOCK_MILLISECONDS, STATEMENT_MILLISECONDS, translateDatabaseError } from './database-errors.ts';
import { openReadSnapshot, type ReadSnapshot } from './read-snapshot.ts';

/** A transaction that can see and write one tenant's rows only. */
export interface TenantTransaction {
  readonly tenantId: string;
  readonly em: EntityManager;
  readonly sql: Kysely<unknown>;
}

/** One request's view of one tenant. Reads share a snapshot; a write ends it, so that later reads see the write. */
export interface TenantSession {
  readonly tenantId: string;
  readonly read: <Row>(statement: ReadStatement<Row>) => Promise<Row[]>;
  /** The same, with the stamp of what the statement saw. */
  readonly readStamped: <Row>(statement: ReadStatement<Row>) => Promise<{ readonly rows: Row[]; readonly stamp: number }>;
  /** The stamp of the snapshot that reads share; undefined while there is none, or nothing was read of it yet. */
  readonly stamp: () => number | undefined;
  /** The same, of a snapshot that is begun where there is none. */
  readonly begin: () => Promise<number>;
  /**
   * Runs `work` in a transaction; once more as a whole where it met a column or a function that was swapped at this moment, so
   * nothing that `work` keeps outside of the transaction may depend on how often it ran.
   */
  readonly write: <Result>(work: (transaction: TenantTransaction) => Promise<Result>) => Promise<Result>;
  /** Ends the snapshot that reads share: the next read sees what is there then. */
  readonly refresh: () => Promise<void>;
  /**
   * Gives the connection back, and refuses what is asked for from then on: when one root field fails, GraphQL answers while the
   * resolvers of the others still run. Safe to call more than once.
   */
  readonly close: () => Promise<void>;
}

/** How sessions are opened. */
export interface SessionOptions {
  /** Set per transaction; undefined where the connection itself logs in as the restricted role. */
  readonly role: string | undefined;
  /** A statement that answers a number for the state of what a tenant's requests may share: the same number, the same state. */
  readonly selectStamp: (tenantId: string) => Statement;
  /** What the structure of the tables is known by, as long as it does not change. */
  readonly structure: () => unknown;
  /** Told how long each write took that succeeded, in milliseconds: one that failed tells nothing of how long writes take. */
  readonly onWrite?: (milliseconds: number) => void;
}

export function openTenantSession(
  database: ApiDatabase,
  tenantId: string,
  { role, selectStamp, structure, onWrite }: SessionOptions,
): TenantSession {
  const variables = {
    ...(role === undefined ? {} : { role }),
    'choices.tenant_id': tenantId,
    statement_timeout: STATEMENT_MILLISECONDS,
    lock_timeout: LOCK_MILLISECONDS,
    idle_in_transaction_session_timeout: IDLE_MILLISECONDS,
  };
  let snapshot: ReadSnapshot | undefined;
  let closed = false;

  const assertOpen = () => {
    if (closed) throw new Error('The request that this session belongs to has ended');
  };

  const endSnapshot = async () => {
    const ending = snapshot;
    snapshot = undefined;
    await ending?.end();
  };

  const view = () => {
    assertOpen();
    return (snapshot ??= openReadSnapshot(database, { settings: variables, stamp: selectStamp(tenantId) }, structure));
  };

  const readStamped = async <Row>(statement: ReadStatement<Row>) => {
    const seen = view();
    try {
      return { rows: await seen.read(statement), stamp: seen.stamp()! };
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };

  return {
    tenantId,
    read: async (statement) => (await readStamped(statement)).rows,
    readStamped,
    stamp: () => snapshot?.stamp(),
    begin: async () => {
      try {
        return await view().begun;
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
    async write<Result>(work: (transaction: TenantTransaction) => Promise<Result>) {
      assertOpen();
      await endSnapshot();
      database.statementNames.renew(structure());
      const transact = () =>
        database.orm.em.fork({ session: { variables } }).transactional((em) => work({ tenantId, em, sql: em.getKysely() }));
      const startedAt = performance.now();
      try {
        const result = await transact().catch((error: unknown) => {
          if (isSwapped(error)) return transact();
          throw error;
        });
        onWrite?.(performance.now() - startedAt);
        return result;
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
    refresh: endSnapshot,
    close: () => {
      closed = true;
      return endSnapshot();
    },
  };
}
