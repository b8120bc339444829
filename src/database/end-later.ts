import type pg from 'pg';

/** How long a transaction that has ended for those who read by it may stay open, in milliseconds. */
const OPEN_FOR = 2;

/** Gives a connection back to its pool, whose transaction is rolled back before anybody else's statements. */
export type EndLater = (client: pg.PoolClient) => void;

/**
 * Makes what ends transactions that only read without a message of their own: the end is sent right before what the connection's next user
 * sends, or after a moment where nobody comes. Nobody waits for its answer, since nothing depends on it; connections have to send
 * statements without waiting for those before them.
 */
export function endLater(pool: pg.Pool): EndLater {
  const open = new Set<pg.PoolClient>();
  let timer: NodeJS.Timeout | undefined;
  const end = (client: pg.PoolClient) => {
    open.delete(client);
    // It fails with the connection, which leaves the pool.
    client.query('ROLLBACK').catch(() => undefined);
  };
  const endAll = () => {
    timer = undefined;
    for (const client of open) end(client);
  };
  pool.on('acquire', (client) => {
    if (open.has(client)) end(client);
  });
  pool.on('remove', (client) => open.delete(client));
  return (client) => {
    open.add(client);
    client.release();
    timer ??= setTimeout(endAll, OPEN_FOR);
  };
}
