import type pg from 'pg';

/** How long a transaction that has ended for those who read by it may stay open, in milliseconds. */
const OPEN_FOR = 2;

/** A connection for a transaction that only reads. */
export interface ReadConnection {
  readonly client: pg.PoolClient;
  /** Whether a transaction is open on it that nobody reads by any more: to be rolled back before anything else. */
  readonly isOpen: boolean;
}

/**
 * Connections of a pool for transactions that only read. Such a transaction ends without a message of its own: the next one to take the
 * connection sends the end along with its own beginning. After a moment in which nobody comes, or where somebody waits for the pool, it
 * is ended and the connection given back. Nobody waits for the end's answer, since nothing depends on it; connections have to send
 * statements without waiting for those before them.
 */
export interface ReadConnections {
  take(): Promise<ReadConnection>;
  /** `broken`: nothing is known of the connection's state; it leaves the pool. */
  giveBack(client: pg.PoolClient, options?: { readonly broken?: boolean }): void;
}

export function createReadConnections(pool: pg.Pool): ReadConnections {
  const open: pg.PoolClient[] = [];
  let timer: NodeJS.Timeout | undefined;
  const end = (client: pg.PoolClient) => {
    // It fails with the connection, which leaves the pool.
    client.query('ROLLBACK').catch(() => undefined);
    client.release();
  };
  const endAll = () => {
    timer = undefined;
    for (const client of open.splice(0)) end(client);
  };
  pool.on('remove', (client) => {
    const index = open.indexOf(client);
    if (index >= 0) open.splice(index, 1);
  });
  return {
    take: async () => {
      const client = open.pop();
      return client === undefined ? { client: await pool.connect(), isOpen: false } : { client, isOpen: true };
    },
    giveBack: (client, { broken = false } = {}) => {
      if (broken) client.release(true);
      else if (pool.waitingCount > 0 || pool.ending) end(client);
      else {
        open.push(client);
        timer ??= setTimeout(endAll, OPEN_FOR);
      }
    },
  };
}
