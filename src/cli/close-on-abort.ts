import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { OwnerDatabase } from '../database/owner-database.ts';

const REPEAT_EVERY_MS = 200;
/** How long a step may take to come to rest by itself before its connections are cut. */
const GRACE_MS = 1_000;

/**
 * Returns the function that closes the database. Once the signal is aborted the database is closed from this side, so that
 * Ctrl-C is not held up by an index that is being built or a lock that is waited for: no further statement starts,
 * those that run are cancelled, and after a second what still holds on loses its connection. PostgreSQL rolls back what was open.
 */
export function closeOnAbort(database: OwnerDatabase, url: string, signal: AbortSignal): () => Promise<void> {
  const backends = trackBackends(database.pool);
  const closed = new AbortController();
  let closing: Promise<unknown> | undefined;
  const abort = () => {
    const drained = database.close().finally(() => closed.abort());
    closing = Promise.all([drained, stopStatements(url, backends, closed.signal)]);
    closing.catch(ignore);
  };
  signal.addEventListener('abort', abort, { once: true });
  return async () => {
    signal.removeEventListener('abort', abort);
    await (closing ?? database.close());
  };
}

/** node-postgres keeps the id of the connection's server process in `processID`, which its types leave out. */
function trackBackends(pool: pg.Pool): ReadonlySet<number> {
  const backends = new Set<number>();
  const idOf = (client: pg.PoolClient & { readonly processID?: number | null }) => client.processID ?? 0;
  pool.on('connect', (client) => void backends.add(idOf(client)));
  pool.on('remove', (client) => void backends.delete(idOf(client)));
  return backends;
}

/** Again and again, because a step that was between two statements of one transaction goes on to the next one. */
async function stopStatements(url: string, backends: ReadonlySet<number>, closed: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'dynamic-choices cancel', connectionTimeoutMillis: 2_000 });
  client.on('error', ignore);
  try {
    await client.connect();
    for (let waited = 0; !closed.aborted; waited += REPEAT_EVERY_MS) {
      await client.query(waited < GRACE_MS ? CANCEL : TERMINATE, [[...backends]]);
      await sleep(REPEAT_EVERY_MS, undefined, { signal: closed }).catch(ignore);
    }
  } catch {
    // Without a connection of its own this cannot hurry anybody; the step still stops at its next statement.
  } finally {
    await client.end().catch(ignore);
  }
}

const CANCEL = `
  SELECT pg_cancel_backend(pid) FROM pg_stat_activity
  WHERE pid = ANY ($1::int[]) AND usename = current_user AND datname = current_database() AND state = 'active'`;

const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE pid = ANY ($1::int[]) AND usename = current_user AND datname = current_database()`;

function ignore(): void {}
