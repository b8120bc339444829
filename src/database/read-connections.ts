import type pg from 'pg';

/** How long a transaction that has ended for those who read by it stays open, in milliseconds: at least so long, and at most twice. */
const OPEN_FOR = 5;

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
  /** The one that was given back last at the end. */
  const open: pg.PoolClient[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** How many of them, from the beginning, nobody has taken since the timer was set. */
  let untaken = 0;
  const end = (client: pg.PoolClient) => {
    // It fails with the connection, which leaves the pool.
    client.query('ROLLBACK').catch(() => undefined);
    client.release();
  };
  const watch = () => {
    untaken = open.length;
    timer = untaken === 0 ? undefined : setTimeout(endUntaken, OPEN_FOR);
  };
  const endUntaken = () => {
    for (const client of open.splice(0, untaken)) end(client);
    watch();
  };
  pool.on('remove', (client) => {
    const index = open.indexOf(client);
    if (index < 0) return;
    open.splice(index, 1);
    if (index < untaken) untaken -= 1;
  });
  return {
    take: async () => {
      const client = open.pop();
      untaken = Math.min(untaken, open.length);
      return client === undefined ? { client: await pool.connect(), isOpen: false } : { client, isOpen: true };
    },
    giveBack: (client, { broken = false } = {}) => {
      if (broken) client.release(true);
      else if (pool.waitingCount > 0 || pool.ending) end(client);
      else {
        open.push(client);
        if (timer === undefined) watch();
      }
    },
  };
}
